/** An API as `core/main` holds it: opened after the gateway is ready, closed when it stops. */
import type { AddressInfo } from "node:net";
import { readPem } from "../config/certificates.ts";
import { AccessLog } from "../telemetry/access-log.ts";
import { ApiServer, type ApiServerOptions } from "./api-server.ts";
import { Listeners, type ListenersOptions } from "./listeners.ts";

/** `close` may be called at any time, and `listen` again after it. */
export interface Api {
  /** Open the sockets. Rejects with {@link ListenFailed} if one cannot be opened; then none is. */
  listen(): Promise<void>;
  /** Follow a rotation of the access log. */
  reopen(): void;
  /** Take no more connections; resolves when the requests under way are answered. */
  close(): Promise<void>;
  /** What is listened on; empty before {@link listen} and where the setting is `off`. */
  addresses(): (AddressInfo | string)[];
}

interface OpenableOptions extends Omit<ApiServerOptions, "accessLog"> {
  readonly addresses: ListenersOptions["addresses"];
  /** The setting that names them. */
  readonly listenSetting: string;
  /** `admin_ssl_cert` and `admin_ssl_cert_key` or the like; the settings name default files where none are given. */
  readonly certs: readonly string[];
  readonly keys: readonly string[];
  /** `admin_access_log` or `status_access_log`. */
  readonly accessLogSetting: string;
  readonly prefix: string;
}

/** An API with its addresses, not open yet. */
export function openable(options: OpenableOptions): Api {
  let listeners: Listeners | null = null;
  let accessLog: AccessLog | null = null;
  return {
    async listen() {
      if (options.addresses.length === 0) return;
      accessLog = AccessLog.open(options.accessLogSetting, options.prefix);
      const server = new ApiServer({ ...options, accessLog });
      listeners = await Listeners.open({
        addresses: options.addresses,
        setting: options.listenSetting,
        keyPairs: () =>
          options.certs.map((cert, i) => ({
            cert: readPem(cert),
            key: readPem(options.keys[i] ?? ""),
          })),
        onRequest: server.handle,
        onClientError: server.handleClientError,
        onListenError: (err) => options.log.error({ err }, "an API's listener failed"),
      });
    },
    reopen() {
      accessLog?.reopen();
    },
    async close() {
      await listeners?.close();
      await accessLog?.close();
      listeners = null;
      accessLog = null;
    },
    addresses: () => listeners?.addresses() ?? [],
  };
}
