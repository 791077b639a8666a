/**
 * Waiting for a plugin: the slow way out of the runner, taken only where a plugin returned a thenable.
 *
 * Thenables are promises of in-process plugins and the minimal ones of the plugin host, whose continuation runs at once
 * in the turn in which the answer was read, perhaps inside `then` itself.
 */
import { PluginFailed } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { stepFailed } from "./failure.ts";
import type { Runtime } from "./runtime.ts";
import type { Step } from "./step.ts";

/** Has it to be waited for? A promise, or whatever else has `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as PromiseLike<unknown>).then === "function"
  );
}

/**
 * Go on when the thenable has settled; a failure is reported first. Only its first settling counts.
 *
 * @param next the rest of the phase; returns whether it ended at once
 * @returns true if the thenable settled at once and the rest of the phase ended at once
 */
export function wait(
  x: Exchange,
  step: Step,
  result: PromiseLike<unknown>,
  runtime: Runtime,
  next: () => boolean,
): boolean {
  let isSettled = false;
  let isEnded = false;
  let timer: NodeJS.Timeout | undefined;
  const settle = (failed: boolean, cause: unknown): void => {
    if (isSettled) return;
    isSettled = true;
    if (timer !== undefined) clearTimeout(timer);
    if (failed) stepFailed(x, step, cause, runtime);
    isEnded = next();
  };
  const { waitLimitMs } = runtime;
  if (waitLimitMs > 0) {
    timer = setTimeout(() => {
      const what = `did not settle within ${waitLimitMs} ms`;
      settle(true, new PluginFailed(step.handler.name, what));
    }, waitLimitMs);
  }
  try {
    result.then(
      () => settle(false, undefined),
      (cause: unknown) => settle(true, cause),
    );
  } catch (cause) {
    if (isSettled) throw cause; // not the plugin's failure: the rest of the phase threw
    settle(true, cause);
  }
  return isEnded;
}
