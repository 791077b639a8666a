/**
 * What an answer says about a name: the records of the type that was asked for, at the end of its chain of CNAMEs.
 */
import type { Answer } from "dns-packet";
import type { DnsReply, QueryType } from "./ask.ts";

/** A service record: the port and weight that it gives, and the name whose addresses count. */
export interface SrvRecord {
  readonly target: string;
  readonly port: number;
  readonly weight: number;
  readonly priority: number;
}

/** Records of one type with the least of their times to live, in seconds. */
export type RecordSet =
  | { readonly type: "A" | "AAAA"; readonly ttl: number; readonly ips: readonly string[] }
  | { readonly type: "SRV"; readonly ttl: number; readonly services: readonly SrvRecord[] }
  | { readonly type: "CNAME"; readonly ttl: number; readonly target: string };

/** Links followed in one answer; a longer chain is a loop or a mistake. */
const CNAME_LINKS_MAX = 16;
/** More records than this of one name are not looked at. */
const RECORDS_MAX = 256;

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

function cnameOf(answers: readonly Answer[], name: string): { target: string; ttl: number } | null {
  for (const answer of answers) {
    if (answer.type === "CNAME" && plainName(answer.name) === name) {
      return { target: plainName(answer.data), ttl: answer.ttl ?? 0 };
    }
  }
  return null;
}

function collect(
  answers: readonly Answer[],
  name: string,
  type: QueryType,
  ttlSoFar: number,
): RecordSet | null {
  const ips: string[] = [];
  const services: SrvRecord[] = [];
  let ttl = ttlSoFar;
  for (const answer of answers.slice(0, RECORDS_MAX)) {
    if (answer.type !== type || plainName(answer.name) !== name) continue;
    if (answer.type === "A" || answer.type === "AAAA") {
      ips.push(answer.data);
    } else if (answer.type === "SRV") {
      const { target, port, weight = 0, priority = 0 } = answer.data;
      services.push({ target: plainName(target), port, weight, priority });
    } else continue;
    ttl = Math.min(ttl, answer.ttl ?? 0);
  }
  if (services.length > 0) return { type: "SRV", ttl, services };
  if (ips.length > 0 && (type === "A" || type === "AAAA")) return { type, ttl, ips };
  return null;
}

/**
 * The records that answer the question, null if there are none.
 *
 * @param name as asked, in lower case
 * @returns a CNAME where the chain ends at a name that the answer says nothing of: that name must be asked for
 */
export function recordsOf(reply: DnsReply, name: string, type: QueryType): RecordSet | null {
  let current = name;
  let ttl = Number.POSITIVE_INFINITY;
  for (let link = 0; link <= CNAME_LINKS_MAX; link++) {
    const found = collect(reply.answers, current, type, ttl);
    if (found !== null) return found;
    const cname = cnameOf(reply.answers, current);
    if (cname === null) break;
    current = cname.target;
    ttl = Math.min(ttl, cname.ttl);
  }
  return current === name ? null : { type: "CNAME", ttl, target: current };
}
