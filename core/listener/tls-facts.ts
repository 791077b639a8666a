/** What plugins may know of a client's TLS: before the handshake from the client's first message, then from the socket. */
import type tls from "node:tls";
import type { TlsFacts } from "../exchange/exchange.ts";
import { type ClientHello, versionAgreed } from "./client-hello.ts";

/** Certificates of a client's chain that are told; more than any real chain has. */
const CHAIN_LENGTH_MAX = 32;
const PEM_LINE = /.{1,64}/g;

function withoutFinalDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

/** @param least, most versions of the listener */
export function factsOfHello(hello: ClientHello, least: string, most: string): TlsFacts {
  return {
    version: versionAgreed(hello, least, most),
    cipher: "",
    sni: withoutFinalDot(hello.serverName),
    clientVerify: "NONE",
    wishes: { asksForCertificate: false, reusesSession: true },
  };
}

/** After the handshake; the client's certificate is not looked at. */
export function factsOfSocket(socket: tls.TLSSocket): TlsFacts {
  const sni = (socket as unknown as { servername?: string | false }).servername;
  return {
    version: socket.getProtocol() ?? "",
    cipher: socket.getCipher()?.standardName ?? "",
    sni: typeof sni === "string" ? withoutFinalDot(sni) : "",
    clientVerify: "NONE",
  };
}

/** The same, where the client was asked for its certificate. */
export function factsWithCertificate(socket: tls.TLSSocket): TlsFacts {
  const facts = factsOfSocket(socket);
  const chain = pemChain(socket);
  if (chain === "") return facts;
  const reason = String(socket.authorizationError ?? "unknown");
  return { ...facts, clientVerify: socket.authorized ? "SUCCESS" : `FAILED:${reason}`, chain };
}

/** The client's certificate and those that it sent with it, as PEM; "" if it sent none. */
function pemChain(socket: tls.TLSSocket): string {
  let pem = "";
  let one: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  for (let n = 0; n < CHAIN_LENGTH_MAX && one?.raw !== undefined; n++) {
    const lines = one.raw.toString("base64").match(PEM_LINE) ?? [];
    pem += `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
    const issuer: tls.DetailedPeerCertificate = one.issuerCertificate;
    one = issuer === one ? undefined : issuer;
  }
  return pem;
}
