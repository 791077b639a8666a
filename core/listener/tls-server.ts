/**
 * TLS towards clients, from the first byte: the PROXY protocol where it is spoken, then the handshake.
 *
 * The first bytes are looked at before TLS gets them, for three reasons: a load balancer's line comes before the
 * handshake, a client that speaks plain HTTP gets an answer that it can read, and plugins may refuse a client before
 * anything was said to it. What was read goes back into the socket, where
 * Node's TLS finds it. Knows no requests: a secured socket goes to whoever listens.
 */
import { constants } from "node:crypto";
import net from "node:net";
import tls from "node:tls";
import type { HandshakeWishes } from "../exchange/exchange.ts";
import { INCOMPLETE } from "../http1/head-scanner.ts";
import { type ProxiedAddress, proxied, readProxyProtocol } from "../http1/proxy-protocol.ts";
import { type ClientHello, MALFORMED_HELLO, readClientHello } from "./client-hello.ts";

/** What a TLS listener needs; checked with the settings, so the PEM texts can be read. */
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
  /** Parameters for the DHE ciphers in PEM; "auto" = a well-known group as strong as the key; undefined = no such cipher. */
  readonly dhparam?: string | undefined;
  /** May clients come back with a session ticket? Default: yes. */
  readonly usesTickets?: boolean;
  /** How long a session may be taken up again, in seconds. */
  readonly sessionTimeoutS?: number;
  /** How long a client may take for its hello, and then for the handshake: `client_header_timeout`, as in nginx. */
  readonly handshakeTimeoutMs?: number;
}

/** The same where no setting says so. */
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

/** A connection whose handshake is complete. */
export type Secured = (
  socket: tls.TLSSocket,
  proxied: ProxiedAddress | null,
  wishes: HandshakeWishes,
) => void;

/** Who decides about a client before the handshake. */
export interface Gatekeeper {
  /** Is there anybody who wants to be asked? */
  isOn(): boolean;
  /** @param decide told once, at once or later, how to go on; null ends the handshake with an alert */
  ask(
    raw: net.Socket,
    hello: ClientHello,
    proxied: ProxiedAddress | null,
    decide: (wishes: HandshakeWishes | null) => void,
  ): void;
}

const NO_GATEKEEPER: Gatekeeper = { isOn: () => false, ask: () => {} };
const USUAL: HandshakeWishes = Object.freeze({ asksForCertificate: false, reusesSession: true });
/** A fatal alert, "internal error": what a handshake that a plugin refused ends with in Kong (recorded). */
const REFUSAL = Buffer.from([21, 3, 3, 0, 2, 2, 80]);

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
  gatekeeper: Gatekeeper = NO_GATEKEEPER,
): net.Server {
  const addresses = new WeakMap<net.Socket, ProxiedAddress>();
  const handshakes = new Handshakes(settings, (socket, wishes) => {
    const raw = (socket as unknown as { _parent?: net.Socket })._parent;
    secured(socket, (raw && addresses.get(raw)) ?? null, wishes);
  });
  handshakes.begin(USUAL); // what cannot be used is said now
  return net.createServer({ noDelay: true }, (raw) => {
    raw.on("error", () => {}); // "close" follows
    // of the whole hello, whatever comes of it meanwhile; and who was refused is not waited for longer either
    const limit = setTimeout(() => raw.destroy(), handshakeTimeoutMs(settings));
    raw.once("close", () => clearTimeout(limit));
    const begin = (wishes: HandshakeWishes): void => {
      clearTimeout(limit);
      handshakes.begin(wishes, raw);
    };
    const first = new FirstBytes(raw, isProxied, gatekeeper, (address, hello) => {
      if (address !== null) addresses.set(raw, address);
      if (hello === null) return begin(USUAL);
      gatekeeper.ask(raw, hello, address, (wishes) => {
        if (wishes === null) raw.end(REFUSAL);
        else if (!raw.destroyed) begin(wishes);
      });
    });
    raw.on("data", first.onData);
  });
}

function handshakeTimeoutMs({ handshakeTimeoutMs: limit = 0 }: TlsSettings): number {
  return limit === 0 ? HANDSHAKE_TIMEOUT_MS : limit;
}

/** The handshakes of a listener: a server of Node's for each way in which plugins may want one. */
class Handshakes {
  readonly #settings: TlsSettings;
  readonly #secured: (socket: tls.TLSSocket, wishes: HandshakeWishes) => void;
  readonly #servers = new Map<number, tls.Server>();

  constructor(
    settings: TlsSettings,
    secured: (socket: tls.TLSSocket, wishes: HandshakeWishes) => void,
  ) {
    this.#settings = settings;
    this.#secured = secured;
  }

  /** @param raw whose first bytes are unread; absent: only make what it takes */
  begin(wishes: HandshakeWishes, raw?: net.Socket): void {
    const key = (wishes.asksForCertificate ? 1 : 0) | (wishes.reusesSession ? 2 : 0);
    let server = this.#servers.get(key);
    if (server === undefined) {
      server = this.#make({ ...wishes });
      this.#servers.set(key, server);
    }
    if (raw !== undefined) server.emit("connection", raw);
  }

  #make(wishes: HandshakeWishes): tls.Server {
    const settings = this.#settings;
    const server = tls.createServer({
      cert: [...settings.certs],
      key: [...settings.keys],
      minVersion: settings.minVersion,
      maxVersion: settings.maxVersion,
      honorCipherOrder: settings.prefersOwnCiphers,
      handshakeTimeout: handshakeTimeoutMs(settings),
      ...(settings.ciphers === undefined ? {} : { ciphers: settings.ciphers }),
      ...(settings.dhparam === undefined ? {} : { dhparam: settings.dhparam }),
      ...(settings.sessionTimeoutS === undefined
        ? {}
        : { sessionTimeout: settings.sessionTimeoutS }),
      ...(wishes.reusesSession && settings.usesTickets !== false
        ? {}
        : { secureOptions: constants.SSL_OP_NO_TICKET }),
      // the plugin judges the certificate, and that there is none
      requestCert: wishes.asksForCertificate,
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
    });
    server.on("secureConnection", (socket) => this.#secured(socket, wishes));
    server.on("tlsClientError", (_error, socket) => socket.destroy());
    return server;
  }
}

/** What is read of a connection before TLS gets it; it goes back into the socket then. */
class FirstBytes {
  readonly #raw: net.Socket;
  readonly #gatekeeper: Gatekeeper;
  readonly #begin: (address: ProxiedAddress | null, hello: ClientHello | null) => void;
  #bytes: Buffer = Buffer.alloc(0);
  #address: ProxiedAddress | null = null;
  #isWaiting: boolean;

  constructor(
    raw: net.Socket,
    isProxied: boolean,
    gatekeeper: Gatekeeper,
    begin: (address: ProxiedAddress | null, hello: ClientHello | null) => void,
  ) {
    this.#raw = raw;
    this.#isWaiting = isProxied;
    this.#gatekeeper = gatekeeper;
    this.#begin = begin;
  }

  readonly onData = (chunk: Buffer): void => {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (this.#isWaiting && !this.#readProxy()) return;
    const bytes = this.#bytes;
    if (bytes.length === 0) return;
    if (bytes[0] !== HANDSHAKE_RECORD) {
      this.#stop();
      if (looksPlain(bytes)) this.#raw.end(PLAIN_ANSWER);
      else this.#raw.destroy();
      return;
    }
    const hello = this.#gatekeeper.isOn() ? readClientHello(bytes) : null;
    if (hello === INCOMPLETE) return; // the reader bounds how much that may be
    this.#stop();
    if (hello === MALFORMED_HELLO) {
      this.#raw.destroy();
      return;
    }
    this.#raw.unshift(bytes);
    this.#begin(this.#address, hello);
  };

  #stop(): void {
    this.#raw.off("data", this.onData);
    this.#raw.pause();
  }

  /** @returns false while it is not all here, or is none */
  #readProxy(): boolean {
    const end = readProxyProtocol(this.#bytes, this.#bytes.length);
    if (end === INCOMPLETE) return false; // the reader bounds how much that may be
    if (end < 0) {
      this.#raw.destroy();
      return false;
    }
    this.#isWaiting = false;
    this.#address = proxied;
    this.#bytes = this.#bytes.subarray(end);
    return true;
  }
}

/** A method begins with a letter; what is neither that nor TLS gets no answer. */
function looksPlain(bytes: Buffer): boolean {
  const first = bytes[0]! | 32;
  return first >= 97 && first <= 122;
}
