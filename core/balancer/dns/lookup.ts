/**
 * A name looked up: which types are asked for in which order, of which servers, and what their failures mean.
 *
 * Order and outcome are Kong's: types in `dns_order`, each with the search domains; a name error of one type does not
 * end the lookup, because servers are known that deny a name where only the type is missing.
 */
import { DnsFailed, type GatewayError, NameResolutionFailed } from "../../errors.ts";
import { ask, type DnsReply, isDnsName, type QueryType } from "./ask.ts";
import { type RecordSet, recordsOf } from "./records.ts";
import { candidateNames, type ResolverConfig } from "./resolv-conf.ts";

const NO_ERROR = 0;
const NAME_ERROR = 3;
/** Texts of response codes, as Kong's resolver writes them. */
const RCODE_TEXTS: Readonly<Record<number, string>> = {
  1: "format error",
  2: "server failure",
  3: "name error",
  4: "not implemented",
  5: "refused",
};

/** `dns_order`: record types, and LAST for the type that answered last time. */
export type DnsOrder = QueryType | "LAST";

/** Records, or why there are none. */
export type LookupResult = RecordSet | GatewayError;

/** Whole text of a response code, "server failure" for 2. */
function rcodeText(rcode: number): string {
  return `dns server error: ${rcode} ${RCODE_TEXTS[rcode] ?? "unknown"}`;
}

/** Knows no cache: each call asks. Bounded in time by the resolver's attempts and timeouts. */
export class Lookup {
  readonly #config: ResolverConfig;
  readonly #order: readonly DnsOrder[];
  #turn = 0;

  constructor(config: ResolverConfig, order: readonly DnsOrder[]) {
    this.#config = config;
    this.#order = order;
  }

  /**
   * Ask for a name until a type has records.
   *
   * @param name in lower case
   * @param lastType what answered last time; undefined if nothing did
   * @returns never a rejection: {@link NameResolutionFailed} where the name does not exist or has no records,
   *   {@link DnsFailed} where no server said so
   */
  async records(name: string, lastType: QueryType | undefined): Promise<LookupResult> {
    const candidates = candidateNames(name, this.#config).filter(isDnsName);
    let failure: GatewayError = new NameResolutionFailed(name, rcodeText(NAME_ERROR));
    for (const type of this.#types(lastType)) {
      for (const candidate of candidates) {
        let reply: DnsReply;
        try {
          reply = await this.#ask(candidate, type);
        } catch (cause) {
          // silence is silence for every type: asking on would only add up the waiting
          return new DnsFailed(name, `dns client error: ${(cause as Error).message}`, { cause });
        }
        const records = reply.rcode === NO_ERROR ? recordsOf(reply, candidate, type) : null;
        if (records !== null) return records;
        failure = failureOf(name, reply.rcode);
      }
    }
    return failure;
  }

  /** The types to ask for, each once. */
  #types(lastType: QueryType | undefined): Set<QueryType> {
    const types = new Set<QueryType>();
    for (const type of this.#order) {
      if (type !== "LAST") types.add(type);
      else if (lastType !== undefined) types.add(lastType);
    }
    return types;
  }

  /** One question, put to the servers in turn until one answers it. */
  async #ask(name: string, type: QueryType): Promise<DnsReply> {
    const { servers, attempts, timeoutMs, rotate } = this.#config;
    const first = rotate ? this.#turn++ : 0;
    let refusal: DnsReply | null = null;
    let silence: unknown;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const server = servers[(first + attempt) % servers.length]!;
      try {
        const reply = await ask(server, name, type, timeoutMs);
        if (reply.rcode === NO_ERROR || reply.rcode === NAME_ERROR) return reply;
        refusal = reply;
        if (attempt + 1 >= servers.length) break; // every server was asked once
      } catch (cause) {
        silence = cause;
      }
    }
    if (refusal !== null) return refusal;
    throw silence;
  }
}

function failureOf(name: string, rcode: number): GatewayError {
  if (rcode === NO_ERROR) {
    return new NameResolutionFailed(name, "dns client error: 101 empty record received");
  }
  if (rcode === NAME_ERROR) return new NameResolutionFailed(name, rcodeText(rcode));
  return new DnsFailed(name, rcodeText(rcode));
}
