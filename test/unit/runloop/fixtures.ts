/** What the tests of the runloop share: plugin rows, an iterator over them, and handlers that keep a diary. */
import type { Plugin } from "../../../core/entities/plugin.ts";
import type { Exchange } from "../../../core/exchange/exchange.ts";
import { createPdk, type Kong } from "../../../core/pdk/kong.ts";
import type { PluginConfig, PluginHandler } from "../../../core/runloop/handler.ts";
import { PluginsIterator } from "../../../core/runloop/plugins-iterator.ts";
import { REQUEST_PHASES, type RequestPhase } from "../../../core/runloop/step.ts";
import { makeNode, makeSnapshot, recordingLog } from "../../helpers/make-node.ts";

let ids = 0;

/** A Plugin row; scopes are ids. */
export function plugin(
  name: string,
  scope: { route?: string; service?: string; consumer?: string } = {},
  more: Partial<Plugin> = {},
): Plugin {
  ids++;
  return {
    id: `plugin-${ids}`,
    name,
    enabled: true,
    protocols: ["grpc", "grpcs", "http", "https"],
    config: { id: `plugin-${ids}` },
    route: scope.route === undefined ? null : { id: scope.route },
    service: scope.service === undefined ? null : { id: scope.service },
    consumer: scope.consumer === undefined ? null : { id: scope.consumer },
    ...more,
  };
}

type Act = (config: PluginConfig, kong: Kong, phase: RequestPhase) => unknown;

/** A handler that writes "name.phase" into the diary in each of its phases, and then acts. */
export function handler(
  name: string,
  priority: number,
  diary: string[],
  acts: Partial<Record<RequestPhase, Act | true>>,
): PluginHandler {
  const made: Record<string, unknown> = { name, priority, version: "1.0.0" };
  for (const phase of REQUEST_PHASES) {
    const act = acts[phase];
    if (act === undefined) continue;
    made[phase] = (config: PluginConfig, kong: Kong) => {
      diary.push(`${name}.${phase}`);
      return act === true ? undefined : act(config, kong, phase);
    };
  }
  return made as unknown as PluginHandler;
}

/** An iterator over rows and handlers, with a log that remembers. */
export function makeIterator(
  plugins: readonly Plugin[],
  handlers: readonly PluginHandler[],
  waitLimitMs = 0,
) {
  const { log, records } = recordingLog();
  const snapshot = makeSnapshot({ plugins });
  const pdk = createPdk(makeNode({ log }, snapshot));
  const byName = new Map(handlers.map((one) => [one.name, one]));
  const iterator = new PluginsIterator(snapshot, byName, { pdk, log, waitLimitMs });
  return { iterator, records, pdk, log };
}

/** Counts how often a phase ended, and lets a test wait for it. */
export function ending() {
  let resolve: () => void = () => undefined;
  const ended = new Promise<void>((done) => {
    resolve = done;
  });
  const state = {
    times: 0,
    ended,
    done: (_x: Exchange) => {
      state.times++;
      resolve();
    },
  };
  return state;
}

/** A thenable that is no promise: settled by hand, continued at once, as the plugin host's. */
export class HandThenable implements PromiseLike<unknown> {
  thens = 0;
  #onDone: ((value: unknown) => unknown) | null = null;
  #onFailed: ((cause: unknown) => unknown) | null = null;

  // biome-ignore lint/suspicious/noThenProperty: a thenable is what it is
  then<A, B>(
    onDone?: ((value: unknown) => A | PromiseLike<A>) | null,
    onFailed?: ((cause: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    this.thens++;
    this.#onDone = onDone ?? null;
    this.#onFailed = onFailed ?? null;
    return this as unknown as PromiseLike<A | B>;
  }

  resolve(): void {
    this.#onDone?.(undefined);
  }

  reject(cause: unknown): void {
    this.#onFailed?.(cause);
  }
}
