/** A Target's `target` field taken apart: "name", "name:port", "1.2.3.4:80", "[::1]:80", "unix:/path". */
import { isIP } from "node:net";
import { UNIX_PREFIX } from "./peer.ts";

/** Port of a Target that names none. */
const TARGET_PORT = 8000;

/** Host (IPv6 without brackets) and port of a Target. */
export function parseTarget(target: string): { host: string; port: number } {
  if (target.startsWith(UNIX_PREFIX)) return { host: target, port: 0 };
  if (isIP(target) === 6) return { host: target, port: TARGET_PORT };
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(target) ?? [];
  return {
    host: bracketed ?? plain ?? target,
    port: port === undefined ? TARGET_PORT : Number(port),
  };
}
