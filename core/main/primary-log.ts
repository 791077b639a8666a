/** The primary's error log. */
import { isAbsolute, join } from "node:path";
import type { Settings } from "../config/settings.ts";
import { createLog, type RootLogger } from "../telemetry/log.ts";

/** In the foreground the log is the terminal's; else the file that the settings name. */
export function openLog(settings: Settings): RootLogger {
  const [path = "logs/error.log"] = settings.proxy_error_log.split(/\s+/);
  const file = path.startsWith("/dev/") || isAbsolute(path) ? path : join(settings.prefix, path);
  return createLog({
    level: settings.log_level as RootLogger["level"],
    destination: settings.nginx_daemon === "off" ? "stderr" : file,
    name: "primary",
  });
}
