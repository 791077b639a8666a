/**
 * The phases without a request: `init_worker` once in each worker, `configure` after each change of the configuration.
 *
 * A plugin that fails is logged and does not keep the others from running, as in Kong.
 */
import type { Logger } from "../telemetry/log.ts";
import type { Handling, PluginHandler } from "./handler.ts";
import { compareHandlers, type PluginsIterator } from "./plugins-iterator.ts";

type Handlers = ReadonlyMap<string, PluginHandler>;

function inOrder(handlers: Handlers): PluginHandler[] {
  return [...handlers.values()].sort(compareHandlers);
}

/** Before traffic; each plugin waits for the one before it. Never rejects. */
export async function runInitWorker(handlers: Handlers, log: Logger): Promise<void> {
  for (const handler of inOrder(handlers)) {
    await guarded(handler, "init_worker", log, () => handler.init_worker?.());
  }
}

/** Tell each plugin all its configs, null if it has none. Never rejects. */
export async function runConfigure(
  handlers: Handlers,
  iterator: PluginsIterator,
  log: Logger,
): Promise<void> {
  for (const handler of inOrder(handlers)) {
    await guarded(handler, "configure", log, () =>
      handler.configure?.(iterator.configsOf(handler.name)),
    );
  }
}

async function guarded(
  handler: PluginHandler,
  phase: string,
  log: Logger,
  run: () => Handling,
): Promise<void> {
  try {
    await run();
  } catch (cause) {
    log.error({ plugin: handler.name, phase, err: cause }, "plugin failed");
  }
}
