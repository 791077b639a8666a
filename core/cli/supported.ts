/** Settings that are valid and that this version cannot start with: told before anything is touched. */
import type { Settings } from "../config/settings.ts";
import { CommandFailed } from "./command.ts";

/** @throws {CommandFailed} naming the setting, its value and what can be had */
export function assertSupported(settings: Settings): void {
  if (settings.database !== "off") {
    throw new CommandFailed(
      `database = ${settings.database} is not available in this version: only 'off' is ` +
        "(entities come from declarative_config or POST /config)",
    );
  }
  if (settings.role !== "traditional") {
    throw new CommandFailed(
      `role = ${settings.role} is not available in this version: only 'traditional' is`,
    );
  }
}

/** What the gateway accepts and does not do yet. */
export function unsupportedWarnings(settings: Settings): string[] {
  const warnings: string[] = [];
  if (settings.stream_listeners.length > 0) {
    warnings.push("stream_listen: TCP, TLS and UDP are not proxied in this version");
  }
  if (settings.router_flavor === "expressions") {
    warnings.push("router_flavor = expressions is not available in this version");
  }
  return warnings;
}
