/**
 * The log of bundled plugins outside of a request: queues that drop or retry.
 *
 * Within a request a plugin logs with `kong.log`; what a queue has to say later belongs to no request, and holding on to
 * one would keep its memory. Main sets the logger; until then nothing is written.
 */

interface PluginLog {
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

const SILENT: PluginLog = { warn: () => undefined, error: () => undefined };

let current: PluginLog = SILENT;

/** Once, before traffic; for the whole process. */
export function setPluginLog(log: PluginLog): void {
  current = log;
}

/** Ask for it each time: until main has set it, what it gives is silent. */
export function pluginLog(): PluginLog {
  return current;
}
