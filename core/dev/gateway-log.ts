/**
 * Lines of the gateway's log as `plugin dev` shows them: the sentence and its reason, for the author of a plugin, who has
 * never seen the files that the gateway of `dev` was started with.
 */
import { MANIFEST } from "./project.ts";

/** Levels that a person has to know of. */
const TOLD = new Set(["warn", "error", "crit", "alert", "emerg"]);
/** What is told by who asked for it: a start that fails, a reload, which also ends the connections to the code before. */
const ANSWERS =
  /^(?:reload failed|the gateway could not be started|connection to the plugin server is gone)/;
/** Where the gateway found a fault in the configuration that `dev` made of the manifest. */
const IN_CONFIG = /^kong\.json:\d+: plugins\[\d+\]\./;

interface GatewayLine {
  readonly level: string;
  /** The sentence; for one that is about a plugin config the place in the manifest. */
  readonly message: string;
  /** Why; "" where the line does not say. */
  readonly reason: string;
  /** Is it about what a plugin did in a request? The timeline has it then. */
  readonly isOfPlugin: boolean;
}

/** @returns null for what is no line of the log */
export function readGatewayLine(line: string): GatewayLine | null {
  if (!line.startsWith("{")) return null;
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
  const { level, msg, reason, err, plugin, request_id } = fields;
  const cause = (err as { message?: unknown } | undefined)?.message;
  return {
    level: String(level),
    message: String(msg).replace(IN_CONFIG, `${MANIFEST}: `),
    reason: String(reason ?? cause ?? ""),
    isOfPlugin: plugin !== undefined && request_id !== undefined,
  };
}

/** What a person is told of it at once; "" = nothing. */
export function toldOf({ level, message, reason, isOfPlugin }: GatewayLine): string {
  const isAnswer = ANSWERS.test(message) || message.startsWith(`${MANIFEST}: `);
  if (!TOLD.has(level) || isOfPlugin || isAnswer) return "";
  return reason === "" ? message : `${message}: ${reason}`;
}

/**
 * Why something failed, from what the gateway logged meanwhile: faults of the configuration, each a line; else the last
 * reason; else the lines as they are.
 */
export function reasonOf(lines: readonly string[]): string {
  const read = lines.flatMap((line) => readGatewayLine(line) ?? []);
  const faults = read.filter(({ message }) => message.startsWith(`${MANIFEST}: `));
  if (faults.length > 0) return faults.map(({ message }) => message).join("\n");
  const last = read.findLast(({ reason }) => reason !== "");
  return last?.reason ?? lines.join("\n");
}
