/**
 * Where a plugin server listens: a Unix socket, or for one that was started elsewhere `tcp://host:port` or
 * `tls://host:port`, and how it is connected to.
 */
import { readFileSync } from "node:fs";
import net from "node:net";
import tls from "node:tls";
import { InvalidSetting } from "../../errors.ts";
import { connectPlain, dataTransport } from "../../http1/open-transport.ts";
import type { Dial } from "./link-transport.ts";

/** Files of the gateway's certificate, its key, and who may sign the plugin server's; "" = none. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

const REMOTE = /^(tcp|tls):\/\/(\[[0-9A-Fa-f:.]+\]|[^:/[\]]+):(\d{1,5})$/;
const PORT_MAX = 65_535;
/** What is said where a TLS connection ends without an alert and without a word. */
const SILENT_END = "TLS: it closed without a word; it may not accept the gateway's certificate";

/** Is it an address of another machine, by its scheme? Whether it is a good one {@link parseRemote} says. */
export function isRemoteAddress(socket: string): boolean {
  return /^(?:tcp|tls):\/\//.test(socket);
}

/** @throws {InvalidSetting} for an address that cannot be */
export function parseRemote(socket: string): { isTls: boolean; host: string; port: number } {
  const match = REMOTE.exec(socket);
  const port = Number(match?.[3] ?? 0);
  if (match === null || port < 1 || port > PORT_MAX) {
    throw new InvalidSetting(
      `"${socket}" is no address of a plugin server (a path, tcp://host:port or tls://host:port)`,
    );
  }
  const host = match[2]!;
  return { isTls: match[1] === "tls", host: host.replace(/^\[|\]$/g, ""), port };
}

/** @throws {InvalidSetting} for an address that cannot be, or a file that cannot be read */
export function dialer(socket: string, files: TlsFiles | null): Dial {
  if (!isRemoteAddress(socket)) {
    return (connected) => connectPlain({ path: socket }, true, connected);
  }
  const { isTls, host, port } = parseRemote(socket);
  if (!isTls) return (connected) => connectPlain({ host, port }, true, connected);
  const options: tls.ConnectionOptions = {
    host,
    port,
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ...contentsOf(files),
  };
  return (connected) => {
    const socketToPeer = tls.connect(options, connected);
    socketToPeer.setNoDelay(true);
    const transport = dataTransport(socketToPeer);
    socketToPeer.on("error", (error: TlsError) => {
      transport.errorCode = reasonOf(error);
    });
    let hasSpoken = false;
    socketToPeer.once("data", () => {
      hasSpoken = true;
    });
    // before the transport tells of the end; some servers refuse a certificate without an alert
    socketToPeer.prependListener("end", () => {
      if (!hasSpoken && transport.errorCode === "") transport.errorCode = SILENT_END;
    });
    return transport;
  };
}

/** OpenSSL's own errors also have its words for them. */
type TlsError = NodeJS.ErrnoException & { readonly reason?: string };

/** What a connection ended with: an error of the system by its name, one of TLS as a sentence for the log. */
function reasonOf({ code = "", syscall, reason, message }: TlsError): string {
  return syscall === undefined ? `TLS: ${reason ?? message} (${code})` : code;
}

/** What the files hold. @throws {InvalidSetting} where one cannot be read */
export function contentsOf(files: TlsFiles | null): tls.SecureContextOptions {
  const contents: tls.SecureContextOptions = {};
  for (const what of ["cert", "key", "ca"] as const) {
    const file = files?.[what] ?? "";
    if (file === "") continue;
    try {
      contents[what] = readFileSync(file);
    } catch (cause) {
      throw new InvalidSetting(`cannot read ${file}: ${(cause as Error).message}`, { cause });
    }
  }
  return contents;
}
