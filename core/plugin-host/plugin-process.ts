/**
 * What a plugin server is made of, whatever protocol it speaks: processes, and events that run in one of them.
 *
 * remote-server.ts decides which event runs when and where, and needs to know no more than this of either.
 */
import type { Plugin } from "../entities/plugin.ts";
import type { GatewayError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { EXIT } from "../pdk/exit.ts";
import type { UpWaiter } from "./endpoint.ts";
import type { Instances } from "./instances.ts";
import type { Lane } from "./lane.ts";
import type { Policy } from "./policy.ts";

/** How an event ended: well (null), by `kong.response.exit`, or with what went wrong. */
export type Outcome = GatewayError | typeof EXIT | null;

/** A process of a plugin server, whatever it speaks, as remote-server.ts deals events out to it. */
export interface PluginProcess {
  /** It accepts events, by all we know. */
  readonly isUp: boolean;
  /** May one more event go there? True for one that is not up: events wait for it. */
  readonly hasRoom: boolean;
  /** Events under way or waiting there; remote-server.ts counts. */
  active: number;
  /** The primary says that it is up: look at once. */
  lookNow(): void;
  /** It is gone, or about to go. */
  lost(): void;
  /** Nothing new goes there from now on. */
  drain(): void;
  /** New code takes its place: as {@link drain}, for good; older requests may still need it, for so long. */
  leave(limitMs: number): void;
  /** Nothing new goes there, for now or for good. */
  readonly isDraining: boolean;
  /** It listens elsewhere from now on. */
  moveTo(socketPath: string): void;
  /** Tell `who` when it is up. */
  waitUntilUp(who: UpWaiter): void;
  stopWaiting(who: UpWaiter): void;
  /** null where it is not up. */
  readonly instances: Instances | null;
  close(): void;
  /** Instances of a plugin's configs that are not among these any more may end. */
  retire(plugin: string, live: ReadonlySet<unknown>): void;
}

/** An event as the server of its process sees it. */
export interface PluginEvent<P extends PluginProcess> {
  readonly plugin: Plugin;
  /** Name of the phase. */
  readonly phase: string;
  readonly x: Exchange;
  /** Where it runs; null before its turn has come. */
  endpoint: P | null;
  /** Where it has to run, if that is still there: what it left behind is in that process. */
  readonly preferred: P | null;
  /** Nobody waits for it: others go first, and it is given up before they are. */
  readonly isBackground: boolean;
  readonly outcome: Outcome;
  /** Of its plugin config; null before it began. */
  policy: Policy | null;
  /** The lane in which it has a place; null: it needs none, or waits for it. */
  lane: Lane<PluginEvent<P>> | null;
  /** Its breakers have let it through, and want to know how it ends. */
  isAdmitted: boolean;
  /** The plugin was asked, and its client still waits: how it ended says something about the plugin. */
  wasAsked: boolean;
  /** Its turn has come. */
  proceed(): void;
  /** It has to wait for its turn. */
  queue(): void;
  /** End it before it began. */
  reject(cause: GatewayError): void;
  /** End it before it began, as if it had done nothing. */
  drop(): void;
}
