/**
 * What can be wrong with an answer of a plugin server, and whether a mutated one still says that the plugin has run.
 *
 * Content mutations keep an answer that may be another good one (a flipped bit in a header's value): for these a decoder
 * that is not the gateway's has the word. Broken ones can never be good.
 */
import { unpackMultiple } from "msgpackr";
import { decode } from "../../../plugin-sdk/typescript/wire/codec.ts";
import { FRAME } from "../../../plugin-sdk/typescript/wire/messages.ts";
import type { Random } from "../../helpers/seed.ts";
import type { Wire } from "./four-servers.ts";

/** Bytes of an answer that is too long to be one, and of one that is merely long. */
const HUGE_BYTES = 17 * 1024 * 1024;
const LONG_BYTES = 64 * 1024;
const HEAD_BYTES = 9;

type Mutation = (b: Buffer, random: Random) => Buffer[];

function copyWith(b: Buffer, change: (copy: Buffer) => void): Buffer[] {
  const copy = Buffer.from(b);
  change(copy);
  return [copy];
}

const CONTENT: Readonly<Record<string, Mutation>> = {
  "a flipped bit": (b, random) =>
    copyWith(b, (copy) => {
      const at = random.int(copy.length);
      copy[at] = copy[at]! ^ (1 << random.int(8));
    }),
  "a flipped bit of the head": (b, random) =>
    copyWith(b, (copy) => {
      const at = random.int(Math.min(copy.length, 14));
      copy[at] = copy[at]! ^ (1 << random.int(8));
    }),
  "other bytes": (b, random) =>
    copyWith(b, (copy) => {
      for (let n = random.int(4); n >= 0; n--) copy[random.int(copy.length)] = random.int(256);
    }),
  "bytes put in": (b, random) => {
    const at = random.int(b.length + 1);
    const more = Buffer.from(Array.from({ length: 1 + random.int(12) }, () => random.int(256)));
    return [b.subarray(0, at), more, b.subarray(at)];
  },
  "another order": (b, random) => {
    const at = random.int(b.length);
    return [b.subarray(at), b.subarray(0, at)];
  },
  "a number at its limit": (b, random) =>
    copyWith(b, (copy) => {
      const at = random.int(copy.length);
      copy.fill(random.pick([0xff, 0x7f, 0x80, 0]), at, Math.min(copy.length, at + 4));
    }),
};

const BROKEN: Readonly<Record<string, Mutation>> = {
  nothing: () => [],
  "a part": (b, random) => [b.subarray(0, random.int(b.length))],
  "a huge length": (b) => [Buffer.from([0xff, 0xff, 0xff, 0xff]), b],
  "no end": () => [Buffer.alloc(HUGE_BYTES, 0xdd)],
  "lists in lists": () => [Buffer.alloc(LONG_BYTES, 0x91)],
  HTTP: () => [Buffer.from("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")],
};

/** Answers that are as good as the one that they are made of. */
const HARMLESS: Readonly<Record<string, Mutation>> = {
  "byte by byte": (b) => Array.from(b, (_, at) => b.subarray(at, at + 1)),
  "two pieces": (b, random) => {
    const at = random.int(b.length);
    return [b.subarray(0, at), b.subarray(at)];
  },
};

export interface Mutated {
  readonly what: string;
  readonly kind: "content" | "broken" | "harmless";
  readonly pieces: readonly Buffer[];
}

/** One mutation of an answer, by chance. Those that cost many bytes are rare. */
export function mutate(answer: Buffer, random: Random): Mutated {
  const chance = random.int(20);
  const kind = chance < 12 ? "content" : chance < 17 ? "broken" : "harmless";
  const table = { content: CONTENT, broken: BROKEN, harmless: HARMLESS }[kind];
  let what = random.pick(Object.keys(table));
  if (what === "no end" && random.int(10) > 0) what = "a part";
  return { what, kind, pieces: table[what]!(answer, random) };
}

/** Is it the end of an event, and not a call? */
export function isEnd(answer: Buffer, wire: Wire): boolean {
  if (wire === "msgpack") return answer.includes("ret");
  if (wire === "protobuf") return answer.readUInt32LE(0) === 0;
  return answer[8] === FRAME.DONE;
}

/** Does it say, to somebody else's decoder, that the plugin has run and all is well? */
export function saysGood(bytes: Buffer, wire: Wire): boolean {
  try {
    if (wire === "msgpack") {
      const messages = unpackMultiple(bytes) as unknown[][];
      return messages.some(
        (one) => one[0] === 1 && one[2] == null && (one[3] as { Data?: unknown }).Data === "ret",
      );
    }
    if (wire === "protobuf") return bytes.length > 8 && bytes.indexOf(Buffer.alloc(4)) >= 0;
    for (let at = 0; at + HEAD_BYTES <= bytes.length; at += 4 + bytes.readUInt32LE(at)) {
      const end = at + 4 + bytes.readUInt32LE(at);
      if (bytes[at + 8] !== FRAME.DONE || end > bytes.length) continue;
      const done = decode("Done", bytes.latin1Slice(at + HEAD_BYTES, end));
      if (done.ran === 1) return true;
    }
  } catch {
    // what it cannot read is not good
  }
  return false;
}
