/** The node itself: prefix, logs, role, and where nothing else fits. */
import { choice, flag, optionalFlag, optionalText, text } from "../setting.ts";

export const NODE = {
  /** Working directory of the node (pids, logs, generated config, sockets). */
  prefix: text("/usr/local/kong/"),
  /** Error log threshold. */
  log_level: choice("notice", [
    "debug",
    "info",
    "notice",
    "warn",
    "error",
    "crit",
    "alert",
    "emerg",
  ]),
  /** Path or off or custom format name; relative to prefix. */
  proxy_access_log: text("logs/access.log"),
  /** Path. */
  proxy_error_log: text("logs/error.log"),
  /** Path + format. */
  proxy_stream_access_log: text("logs/access.log basic"),
  /** Path. */
  proxy_stream_error_log: text("logs/error.log"),
  /** Path or off. */
  admin_access_log: text("logs/admin_access.log"),
  /** Path. */
  admin_error_log: text("logs/error.log"),
  /** Path or off. */
  status_access_log: text("off"),
  /** Path. */
  status_error_log: text("logs/status_error.log"),
  /** Usage reports. */
  anonymous_reports: flag(true),
  /** Forward proxy URL for control-plane connections. */
  proxy_server: optionalText({ sensitive: true }),
  /** Verify the forward proxy certificate. */
  proxy_server_ssl_verify: flag(true),
  /** Fixed node UUID (deprecated). */
  node_id: optionalText(),
  /** Entity cache size per zone. */
  mem_cache_size: text("128m", { inert: true }),
  /** Config handled by a dedicated process on data planes. */
  dedicated_config_processing: flag(true, { inert: true }),
  /** Traditional | control_plane | data_plane. */
  role: choice("traditional", ["data_plane", "control_plane", "traditional"]),
  /** Managed by ingress controller. */
  kic: flag(false),
  /** Old name. */
  privileged_worker: optionalFlag({ deprecated: "dedicated_config_processing", inert: true }),
} as const;
