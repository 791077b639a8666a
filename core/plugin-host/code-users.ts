/**
 * Who uses the code of a plugin server, what a reload asks of them, and what it says of itself: the types around
 * code-reload.ts.
 */
import type { Logger } from "../telemetry/log.ts";
import type { ServerFigures } from "./figures.ts";
import type { PluginServerChange, PluginServerNotice } from "./notices.ts";
import type { PluginServerInfo } from "./plugin-info.ts";

/** What a reload needs of the workers and of the configuration. */
export interface CodeUsers {
  /** Tell every worker of new code. @returns how many were told */
  change(change: PluginServerChange): number;
  /** What the workers tell of the server; also says that they have done all that they were told before. */
  figures(): Promise<readonly ServerFigures[]>;
  /** Other schemas for plugins: they count from now on. @returns what is wrong with configs in force by them, or null */
  takeSchemas(info: PluginServerInfo): string | null;
}

/** Where nobody uses the code yet. */
export const NO_USERS: CodeUsers = {
  change: () => 0,
  figures: async () => [],
  takeSchemas: () => null,
};

/** The same with what the primary has for every server; `notify` tells every worker and returns how many. */
export interface CodeReloadDeps extends CodeUsers {
  readonly log: Logger;
  notify(notice: PluginServerNotice): number;
}

/** What a server offers, kept by the supervisor. */
export interface Offer {
  /** What is in force. */
  offered(): PluginServerInfo;
  /** From now on this is. */
  taken(info: PluginServerInfo): void;
}

/** How the requests get from the code before to the new one. */
export interface ReloadOptions {
  /** 0 to 1: the requests that try the new code first; 0 = no trial. */
  readonly canaryShare: number;
  /** Milliseconds after which a trial is decided by its failures; 0 = by a person. */
  readonly decideAfterMs: number;
}

/**
 * Plain JSON, for the Admin API; `message` is a sentence for people. Only "switched" and "trying" changed
 * anything.
 */
export interface ReloadResult {
  readonly outcome: "switched" | "trying" | "refused" | "busy" | "impossible" | "rolled-back";
  readonly message: string;
}
