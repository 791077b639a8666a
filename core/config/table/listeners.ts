/** Where the gateway listens, and what stands before it. */
import { flag, list, optionalText, text } from "../setting.ts";

export const LISTENERS = {
  /** Path. */
  admin_gui_access_log: text("logs/admin_gui_access.log"),
  /** Path. */
  admin_gui_error_log: text("logs/admin_gui_error.log"),
  /** Advertised:listen port pairs used for forwarded port. */
  port_maps: list([]),
  /** HTTP proxy listeners. */
  proxy_listen: list([
    "0.0.0.0:8000 reuseport backlog=16384",
    "0.0.0.0:8443 http2 ssl reuseport backlog=16384",
  ]),
  /** TCP/UDP/TLS listeners. */
  stream_listen: list(["off"]),
  /** Admin API listeners. */
  admin_listen: list([
    "127.0.0.1:8001 reuseport backlog=16384",
    "127.0.0.1:8444 http2 ssl reuseport backlog=16384",
  ]),
  /** GUI listeners. */
  admin_gui_listen: list(["0.0.0.0:8002", "0.0.0.0:8445 ssl"]),
  /** Status API listeners. */
  status_listen: list(["127.0.0.1:8007 reuseport backlog=16384"]),
  /** Public GUI URLs (CORS origins). */
  admin_gui_url: list([]),
  /** GUI base path. */
  admin_gui_path: text("/"),
  /** Admin API URL used by the GUI. */
  admin_gui_api_url: optionalText(),
  /** CSP header on GUI. */
  admin_gui_csp_header: flag(false),
} as const;
