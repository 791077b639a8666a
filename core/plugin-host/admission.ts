/** Whether the breakers of an event let it begin, and what its end tells them. */
import { PluginBreakerOpen, PluginServerBusy } from "../errors.ts";
import { EXIT } from "../pdk/exit.ts";
import type { Breaker } from "./breaker.ts";
import type { Outcome, PluginEvent, PluginProcess } from "./plugin-process.ts";

/** Is it a fault of the plugin or its server? Events that were not even tried say nothing. */
export function isFailure(outcome: Outcome): boolean {
  if (outcome === null || outcome === EXIT) return false;
  return !(outcome instanceof PluginServerBusy || outcome instanceof PluginBreakerOpen);
}

/** Ask all of them; the event is rejected by the first that is open. @returns whether it may begin */
export function passBreakers<P extends PluginProcess>(
  event: PluginEvent<P>,
  breakers: readonly Breaker[],
): boolean {
  for (const [n, breaker] of breakers.entries()) {
    if (breaker.admits()) continue;
    for (const asked of breakers.slice(0, n)) asked.saidNothing();
    event.reject(new PluginBreakerOpen(breaker.what));
    return false;
  }
  event.isAdmitted = true;
  return true;
}

/**
 * The event is over: tell every breaker that let it through. Nothing for an event that was told of before.
 */
export function tellBreakers<P extends PluginProcess>(event: PluginEvent<P>): void {
  const breakers = event.policy?.breakers;
  if (breakers === undefined || breakers.length === 0) return;
  const isFailed = isFailure(event.outcome);
  if (!event.isAdmitted && !isFailed) return; // a body that goes on after it was counted
  event.isAdmitted = false;
  for (const breaker of breakers) {
    if (isFailed) breaker.failed(event.phase);
    else if (event.wasAsked) breaker.succeeded(event.phase);
    else breaker.saidNothing();
  }
}
