/**
 * Which Step carries the result of which PDK function, and in which form.
 *
 * @see reference "Step method by PDK method" and "Encoding quirks"
 */
import {
  packBytes,
  packListHead,
  packMapHead,
  packMultiMap,
  packNumber,
  packText,
  packValue,
} from "./write.ts";

/** A Step: its method name as it stands in the message, and how a result becomes `Data`. */
interface StepForm {
  readonly method: string;
  pack(result: unknown): string;
}

function form(method: string, pack: (result: unknown) => string = packValue): StepForm {
  return { method: packText(method), pack };
}

/** Bodies are bytes for every SDK, also where the gateway has them as text. */
function packBody(result: unknown): string {
  if (typeof result === "string") return packBytes(Buffer.from(result, "utf8"));
  if (result instanceof Uint8Array) {
    return packBytes(result instanceof Buffer ? result : Buffer.from(result));
  }
  return packValue(result);
}

function packMap(result: unknown): string {
  return typeof result === "object" && result !== null
    ? packMultiMap(result as Record<string, unknown>)
    : packValue(result);
}

/** Entities as Lua has them: what is not set is absent. */
function packEntity(result: unknown): string {
  if (typeof result !== "object" || result === null) return packValue(result);
  return packValue(
    Object.fromEntries(Object.entries(result).filter(([, value]) => value !== null)),
  );
}

/**
 * `unnamed` begins at 0 and may have holes, so it is a map of numbers, as any such Lua table.
 *
 * @param result `{ unnamed: (string | null)[], named: {name: text} }`
 */
function packCaptures(result: unknown): string {
  if (typeof result !== "object" || result === null) return packValue(result);
  const { unnamed, named } = result as { unnamed?: unknown; named?: unknown };
  let packed = "";
  let count = 0;
  for (const [index, text] of Array.isArray(unnamed) ? unnamed.entries() : []) {
    if (typeof text !== "string") continue;
    packed += packNumber(index) + packText(text);
    count++;
  }
  const map = count === 0 ? packListHead(0) : packMapHead(count) + packed;
  return packMapHead(2) + packText("unnamed") + map + packText("named") + packValue(named);
}

const STEP = form("plugin.Step");
const BODY = form("plugin.Step", packBody);
const CREDENTIAL = form("plugin.StepCredential", packEntity);
const CONSUMER = form("plugin.StepConsumer", packEntity);
const MULTI_MAP = form("plugin.StepMultiMap", packMap);

const FORMS: ReadonlyMap<string, StepForm> = new Map([
  ["kong.client.get_credential", CREDENTIAL],
  ["kong.client.authenticate", CREDENTIAL],
  ["kong.client.load_consumer", CONSUMER],
  ["kong.client.get_consumer", CONSUMER],
  ["kong.node.get_memory_stats", form("plugin.StepMemoryStats")],
  ["kong.router.get_route", form("plugin.StepRoute", packEntity)],
  ["kong.router.get_service", form("plugin.StepService", packEntity)],
  ["kong.request.get_query", MULTI_MAP],
  ["kong.request.get_headers", MULTI_MAP],
  ["kong.response.get_headers", MULTI_MAP],
  ["kong.service.response.get_headers", MULTI_MAP],
  ["kong.request.get_uri_captures", form("plugin.Step", packCaptures)],
  ["kong.request.get_raw_body", BODY],
  ["kong.response.get_raw_body", BODY],
  ["kong.service.response.get_raw_body", BODY],
]);

/** The form for a PDK function, known or not: plain `plugin.Step` where the table names no other. */
export function stepForm(pdkMethod: string): StepForm {
  return FORMS.get(pdkMethod) ?? STEP;
}
