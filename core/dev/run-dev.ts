/** `plugin dev` on a terminal, or as JSON lines: runs a session until it is interrupted, and prints what it tells. */
import { type DevFacts, DevSession } from "./session.ts";
import type { Say } from "./steps.ts";
import { Timeline } from "./timeline.ts";
import { timelineText } from "./timeline-text.ts";
import { ToolFailed } from "./tool-failed.ts";

/** As the command line gives them. */
export interface RunDevOptions {
  readonly entry: string;
  readonly root: string;
  readonly folder: string;
  readonly upstream: string | undefined;
  /** Print an object a line on stdout: `{type: "ready" | "request" | "reloaded" | "failed", ...}`. */
  readonly isJson: boolean;
  readonly isTerminal: boolean;
  /** For people. */
  readonly say: Say;
  /** Results. */
  readonly print: Say;
}

function readyText({ proxy, admin, upstream, plugins }: DevFacts): string {
  return (
    `\n${plugins.join(", ")} behind a gateway\n` +
    `  requests to   ${proxy}     curl -i '${proxy}/?name=ann'\n` +
    `  Admin API     ${admin}\n  Service       ${upstream}\n` +
    "Save a file to build and reload; Ctrl-C ends this.\n\n"
  );
}

/** @throws {ToolFailed} for what is no address of a Service */
function checkUpstream(url: string): void {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return;
  throw new ToolFailed(`--upstream is the URL of a Service, http://HOST:PORT, and not "${url}"`);
}

/** @returns exit code. @throws {ToolFailed} where it does not come up */
export async function runDev(options: RunDevOptions): Promise<number> {
  const { isJson, print, say, isTerminal, upstream } = options;
  if (upstream !== undefined) checkUpstream(upstream);
  const json = (value: object): void => print(`${JSON.stringify(value)}\n`);
  const timeline = new Timeline((request) => {
    if (isJson) json({ type: "request", ...request });
    else print(timelineText(request, isTerminal));
  });
  const session = new DevSession({
    ...options,
    observer: timeline,
    onAccessLine: (line) => timeline.onAccessLine(line),
    onReady: (facts) => (isJson ? json({ type: "ready", ...facts }) : print(readyText(facts))),
    onReloaded: (ms) =>
      isJson
        ? json({ type: "reloaded", ms: Math.round(ms) })
        : print(`reloaded in ${(ms / 1000).toFixed(1)} s\n\n`),
    onFailedReload: (why) =>
      isJson ? json({ type: "failed", why }) : say(`${why}\nthe code before goes on\n\n`),
  });
  // not `once`: a second signal would end this before what it has started
  const interrupted = new Promise<null>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => resolve(null));
  });
  try {
    const started = session.start().then(() => session.lost);
    const lost = await Promise.race([started, interrupted]);
    if (lost !== null) say(`${lost}\n`);
    return lost === null ? 0 : 1;
  } finally {
    await session.stop();
  }
}
