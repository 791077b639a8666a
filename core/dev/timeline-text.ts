/** The timeline of a request, for a terminal: a line for the request, a line for each event, below it what was read, asked, written and logged. */
import type { PhaseEntry, RequestEntry } from "./timeline.ts";

/** Escape codes for a terminal; empty texts elsewhere. */
interface Colours {
  readonly bold: string;
  readonly dim: string;
  readonly good: string;
  readonly bad: string;
  readonly off: string;
}

const PLAIN: Colours = { bold: "", dim: "", good: "", bad: "", off: "" };
const COLOURED: Colours = {
  bold: "\x1b[1m",
  dim: "\x1b[2m",
  good: "\x1b[32m",
  bad: "\x1b[31m",
  off: "\x1b[0m",
};
/** Columns of the bar that compares times within a request. */
const BAR_CHARS = 20;
const FIRST_BAD_STATUS = 400;

/** @param isTerminal colours and a bar */
export function timelineText(request: RequestEntry, isTerminal: boolean): string {
  const colours = isTerminal ? COLOURED : PLAIN;
  const { bold, off, good, bad, dim } = colours;
  const total = request.phases.reduce((sum, one) => sum + timeOf(one), 0);
  const status = `${request.status < FIRST_BAD_STATUS ? good : bad}${request.status}${off}`;
  const head = `${bold}${request.method} ${request.path}${off}  ${status}`;
  if (request.phases.length === 0) return `${head}  ${dim}no plugin was called${off}\n`;
  let text = `${head}  ${dim}${micros(total)} in ${request.phases.length} events${off}\n`;
  const widest = Math.max(...request.phases.map(timeOf), 1);
  const nameChars = Math.max(...request.phases.map((one) => one.plugins.join("+").length));
  for (const one of request.phases) text += entryText(one, widest, nameChars, colours);
  return text;
}

function timeOf(one: PhaseEntry): number {
  return one.queueUs + one.transportUs + one.pluginUs;
}

function entryText(
  one: PhaseEntry,
  widest: number,
  nameChars: number,
  { dim, bad, off }: Colours,
): string {
  const bar = "▇".repeat(Math.max(1, Math.round((timeOf(one) / widest) * BAR_CHARS)));
  const counts = [
    `${one.reads.length} reads`,
    `${one.writes.length} writes`,
    `${one.callbacks.length} call-backs`,
    one.chunks === 0 ? "" : `${one.chunks} chunks`,
  ].filter((text) => text !== "");
  const times = `queue ${micros(one.queueUs)}, transport ${micros(one.transportUs)}, plugin ${micros(one.pluginUs)}`;
  const name = one.plugins.join("+").padEnd(nameChars);
  let text = `  ${one.phase.padEnd(13)} ${name}  ${counts.join(", ")}  ${dim}${times}${off}  ${bar}\n`;
  for (const read of countedOnce(one.reads)) text += `      ${dim}<${off} ${read}\n`;
  for (const asked of one.callbacks) text += `      ${dim}?${off} ${asked}\n`;
  for (const written of one.writes) text += `      ${dim}>${off} ${written}\n`;
  for (const line of one.logs)
    text += line.trimEnd().replace(/^/gm, `      ${dim}|${off} `).concat("\n");
  if (one.failure !== "") text += `      ${bad}! ${one.failure}${off}\n`;
  return text;
}

/** What is there several times stands once, with how often: `client.get_ip() 3 times`. */
function countedOnce(list: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const one of list) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].map(([one, count]) => (count === 1 ? one : `${one} ${count} times`));
}

/** "38 us", "1.25 ms" */
function micros(us: number): string {
  return us < 1000 ? `${Math.round(us)} us` : `${(us / 1000).toFixed(2)} ms`;
}
