/** What is said of an address that cannot be listened on; by the proxy's sockets and by those of the APIs alike. */
import { GatewayError } from "../errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "no such address on this machine",
  EACCES: "permission denied",
  ENOENT: "its folder does not exist",
  ENOTSOCK: "something that is no socket has that name",
};

/** The address cannot be had. */
export class ListenFailed extends GatewayError {
  override readonly name = "ListenFailed";

  /**
   * @param setting that names the address, as in "admin_listen"
   * @param address "<ip>:<port>" or a path
   */
  constructor(setting: string, address: string, cause: NodeJS.ErrnoException) {
    const why = REASONS[cause.code ?? ""] ?? cause.code ?? cause.message;
    super("LISTEN_FAILED", 500, `cannot listen on ${address} (${setting}): ${why}`, { cause });
  }
}
