/**
 * correlation-id: every request carries an id to the Service, and back to the client if asked.
 *
 * An id that the client sent is kept. The plugin runs before all others, and its header_filter also on answers that the
 * gateway gave before access (no Route, a bad request): then the id is made there.
 */
import { randomUUID } from "node:crypto";
import type { ClientFacts, Exchange } from "../../exchange/exchange.ts";
import { exchangeOf } from "../../pdk/kong.ts";
import { toWire } from "../../pdk/text.ts";
import type { PluginConfig, PluginHandler } from "../../runloop/handler.ts";
import { compiledOnce } from "../compiled.ts";
import { nameThere } from "../header-lookup.ts";
import { BUNDLED_VERSION } from "../version.ts";

/** An id from "uuid#counter": that of this worker, then how many it has made. */
const workerId = randomUUID();
let made = 0;

/** Number of each client connection and how many requests came on it, for "tracker". */
const connections = new WeakMap<ClientFacts, { readonly number: number; requests: number }>();
let connectionsSeen = 0;

const GENERATORS: Readonly<Record<string, (x: Exchange) => string>> = {
  uuid: () => randomUUID(),
  "uuid#counter": () => `${workerId}#${++made}`,
  tracker,
};

/** Server address, port, process, connection, requests on the connection, and the time in seconds. */
function tracker(x: Exchange): string {
  let connection = connections.get(x.client);
  if (connection === undefined) {
    connection = { number: ++connectionsSeen, requests: 0 };
    connections.set(x.client, connection);
  }
  const { localIp, localPort } = x.client;
  const seconds = (Date.now() / 1000).toFixed(3);
  return `${localIp}-${localPort}-${process.pid}-${connection.number}-${++connection.requests}-${seconds}`;
}

/** The log entry's `correlation_id`; as it hangs on the exchange, header_filter finds the id here. */
class CorrelationId {
  readonly key = "correlation_id";
  readonly mode = "set";
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }
}

interface Compiled {
  /** Bytes; null: the plugin does nothing. */
  readonly headerName: string | null;
  /** In the answer: nginx's Lua makes a dash of an underscore there. */
  readonly echoName: string;
  readonly generate: (x: Exchange) => string;
  readonly isEchoed: boolean;
}

const compiled = compiledOnce((config: PluginConfig): Compiled => {
  const { header_name, generator, echo_downstream } = config;
  const headerName = typeof header_name === "string" ? toWire(header_name) : null;
  return {
    headerName,
    echoName: headerName?.replaceAll("_", "-") ?? "",
    generate: GENERATORS[String(generator)] ?? GENERATORS["uuid#counter"]!,
    isEchoed: echo_downstream === true,
  };
});

/** The id that the client sent; "" for a header without anything but blanks in it. */
function givenId({ requestHeaders }: Exchange, headerName: string): string | undefined {
  const there = nameThere(requestHeaders, headerName);
  if (there === null) return undefined;
  const value = requestHeaders.get(there)!;
  return value.trim() === "" ? "" : value;
}

function idOf({ logValues }: Exchange): string | undefined {
  if (logValues === null) return undefined;
  for (let i = 0; i < logValues.length; i++) {
    const value = logValues[i]!;
    if (value instanceof CorrelationId) return value.value;
  }
  return undefined;
}

/** As in Kong; the counter of "uuid#counter" is that of one worker. */
export const handler: PluginHandler = {
  name: "correlation-id",
  priority: 100_001,
  version: BUNDLED_VERSION,

  isNeeded(phase, config) {
    const { headerName, isEchoed } = compiled(config);
    return headerName !== null && (phase !== "header_filter" || isEchoed);
  },

  access(config, kong) {
    const { headerName, generate } = compiled(config);
    if (headerName === null) return;
    const x = exchangeOf(kong);
    let id = givenId(x, headerName);
    if (id === undefined) {
      id = generate(x);
      x.requestHeaders.addSafe(headerName, id);
    } else if (id === "") {
      id = generate(x);
      x.requestHeaders.set(headerName, id);
    }
    const entry = new CorrelationId(id);
    if (x.logValues === null) x.logValues = [entry];
    else x.logValues.push(entry);
  },

  header_filter(config, kong) {
    const { headerName, echoName, generate, isEchoed } = compiled(config);
    if (headerName === null || !isEchoed) return;
    const x = exchangeOf(kong);
    const id = idOf(x) ?? (givenId(x, headerName) || generate(x));
    x.responseHeaders.remove(headerName);
    x.responseHeaders.addSafe(echoName, id); // made here, or as it came in a head
  },
};
