/**
 * TLS towards clients, from the first byte: the PROXY protocol where it is spoken, then the handshake.
 *
 * The first bytes are looked at before TLS gets them, for two reasons: a load balancer's line comes before the handshake,
 * and a client that speaks plain HTTP gets an answer that it can read. What was read goes back into the socket, where
 * Node's TLS finds it. Knows no requests: a secured socket goes to whoever listens.
 */
import net from "node:net";
import tls from "node:tls";
import { INCOMPLETE } from "../http1/head-scanner.ts";
import { type ProxiedAddress, proxied, readProxyProtocol } from "../http1/proxy-protocol.ts";

export interface TlsSettings {
  /** PEM texts: certificates of several types (RSA and ECDSA) for the same names, and their keys in the same order. */
  readonly certs: readonly string[];
  readonly keys: readonly string[];
  readonly minVersion: tls.SecureVersion;
  readonly maxVersion: tls.SecureVersion;
  /** OpenSSL's list; undefined = Node's. */
  readonly ciphers?: string | undefined;
  /** Does our order of ciphers count, and not the client's? */
  readonly prefersOwnCiphers: boolean;
}

/** How long a client may take for its first bytes, and then for the handshake. */
const HANDSHAKE_TIMEOUT_MS = 60_000;
/** The first byte of a TLS handshake record. */
const HANDSHAKE_RECORD = 22;

const PAGE = [
  "<html>",
  "<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>",
  "<body>",
  "<center><h1>400 Bad Request</h1></center>",
  "<center>The plain HTTP request was sent to HTTPS port</center>",
  "</body>",
  "</html>",
  "",
].join("\r\n");
const PLAIN_ANSWER = [
  "HTTP/1.1 400 Bad Request",
  "Content-Type: text/html",
  `Content-Length: ${PAGE.length}`,
  "Connection: close",
  "",
  PAGE,
].join("\r\n");

export type Secured = (socket: tls.TLSSocket, proxied: ProxiedAddress | null) => void;

/**
 * @param isProxied the first bytes are those of the PROXY protocol
 * @param secured called for each connection whose handshake is complete
 * @returns a server that does not listen yet
 * @throws if a certificate, a key or the list of ciphers cannot be used
 */
export function createTlsServer(
  settings: TlsSettings,
  isProxied: boolean,
  secured: Secured,
): net.Server {
  const addresses = new WeakMap<net.Socket, ProxiedAddress>();
  const handshakes = tls.createServer({
    cert: [...settings.certs],
    key: [...settings.keys],
    minVersion: settings.minVersion,
    maxVersion: settings.maxVersion,
    honorCipherOrder: settings.prefersOwnCiphers,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    ...(settings.ciphers === undefined ? {} : { ciphers: settings.ciphers }),
    ALPNProtocols: ["http/1.1"],
  });
  handshakes.on("secureConnection", (socket) => {
    const raw = (socket as unknown as { _parent?: net.Socket })._parent;
    secured(socket, (raw && addresses.get(raw)) ?? null);
  });
  handshakes.on("tlsClientError", (_error, socket) => socket.destroy());
  return net.createServer({ noDelay: true }, (raw) => {
    raw.on("error", () => {}); // "close" follows
    raw.setTimeout(HANDSHAKE_TIMEOUT_MS, () => raw.destroy());
    readFirst(raw, isProxied, (address) => {
      raw.setTimeout(0);
      if (address !== null) addresses.set(raw, address);
      handshakes.emit("connection", raw);
    });
  });
}

/** Read the first bytes; `begin` is called where TLS follows, with those bytes back in the socket. */
function readFirst(
  raw: net.Socket,
  isProxied: boolean,
  begin: (address: ProxiedAddress | null) => void,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  let address: ProxiedAddress | null = null;
  let isWaiting = isProxied;
  const onData = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    if (isWaiting) {
      const end = readProxyProtocol(bytes, bytes.length);
      if (end === INCOMPLETE) return; // the reader bounds how much that may be
      if (end < 0) {
        raw.destroy();
        return;
      }
      isWaiting = false;
      address = proxied;
      bytes = bytes.subarray(end);
    }
    if (bytes.length === 0) return;
    raw.off("data", onData);
    raw.pause();
    if (bytes[0] === HANDSHAKE_RECORD) {
      raw.unshift(bytes);
      begin(address);
    } else if (looksPlain(bytes)) raw.end(PLAIN_ANSWER);
    else raw.destroy();
  };
  raw.on("data", onData);
}

/** A method begins with a letter; what is neither that nor TLS gets no answer. */
function looksPlain(bytes: Buffer): boolean {
  const first = bytes[0]! | 32;
  return first >= 97 && first <= 122;
}
