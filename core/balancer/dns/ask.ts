/**
 * One question to one name server: UDP first, TCP where the answer was cut off.
 *
 * Each question has a socket of its own with a random port and a random id, and only an answer from that server, with
 * that id, to that question is read: so nobody beside the path can slip an answer in. What an answer means is for
 * records.ts.
 */
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import * as packet from "dns-packet";
import type { NameServer } from "./resolv-conf.ts";

/** Record types that a lookup asks for. */
export type QueryType = "A" | "AAAA" | "SRV" | "CNAME";

/** A decoded answer. */
export interface DnsReply {
  /** 0 no error, 2 server failure, 3 name error, 5 refused. */
  readonly rcode: number;
  readonly answers: readonly packet.Answer[];
}

/** The server gave no answer that could be used: silence, a closed port, nonsense over TCP. */
class NoDnsAnswer extends Error {}

const RCODE_MASK = 0xf;
/** Bits of the second word of a header: this is a response, and it was cut off. */
const RESPONSE_AND_TRUNCATED = 0x8200;

/** "truncated" is only known over UDP; its records may be cut in the middle, so they are not read. */
type Outcome = packet.DecodedPacket | "truncated";
type Finish = (error: Error | null, outcome?: Outcome) => void;

function isTruncated(bytes: Buffer, id: number): boolean {
  if (bytes.length < 12 || bytes.readUInt16BE(0) !== id) return false;
  return (bytes.readUInt16BE(2) & RESPONSE_AND_TRUNCATED) === RESPONSE_AND_TRUNCATED;
}

/** The packet in `bytes` if it answers that question; null otherwise. */
function readReply(
  bytes: Buffer,
  id: number,
  name: string,
  type: QueryType,
): packet.DecodedPacket | null {
  try {
    const reply = packet.decode(bytes);
    const question = reply.questions?.[0];
    const isOurs = reply.id === id && reply.type === "response" && question?.type === type;
    return isOurs && question.name.toLowerCase() === name ? reply : null;
  } catch {
    return null;
  }
}

function encodeQuestion(id: number, name: string, type: QueryType): Buffer {
  return packet.encode({
    type: "query",
    id,
    flags: packet.RECURSION_DESIRED,
    questions: [{ type, name }],
  });
}

function askUdp(server: NameServer, name: string, type: QueryType, finish: Finish): () => void {
  const id = randomInt(0x10000);
  const socket = createSocket(isIPv6(server.ip) ? "udp6" : "udp4");
  const fail = (error: Error): void => finish(new NoDnsAnswer(error.message));
  socket.on("error", fail);
  socket.on("message", (bytes) => {
    const reply = isTruncated(bytes, id) ? "truncated" : readReply(bytes, id, name, type);
    if (reply !== null) finish(null, reply); // anything else: keep waiting for the right one
  });
  socket.connect(server.port, server.ip, () => {
    socket.send(encodeQuestion(id, name, type), (error) => {
      if (error) fail(error);
    });
  });
  return () => socket.close();
}

function askTcp(server: NameServer, name: string, type: QueryType, finish: Finish): () => void {
  const id = randomInt(0x10000);
  const socket = connect(server.port, server.ip);
  const question = encodeQuestion(id, name, type);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(question.length);
  socket.write(Buffer.concat([length, question]));
  let received = Buffer.alloc(0); // at most 65,537 bytes: a length of two bytes and what it counts
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < 2) return;
    const end = 2 + received.readUInt16BE(0);
    if (received.length < end) return;
    const reply = readReply(received.subarray(2, end), id, name, type);
    if (reply === null) finish(new NoDnsAnswer("an answer to another question"));
    else finish(null, reply);
  });
  socket.on("error", (error) => finish(new NoDnsAnswer(error.message)));
  socket.on("close", () => finish(new NoDnsAnswer("connection closed")));
  return () => socket.destroy();
}

/** Run one way of asking, with its time limit, and close its socket whatever happens. */
function within(timeoutMs: number, start: (finish: Finish) => () => void): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const timer = setTimeout(() => finish(new NoDnsAnswer("timeout")), timeoutMs);
    const close = start(finish);
    function finish(error: Error | null, outcome?: Outcome): void {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      close();
      if (outcome !== undefined) resolve(outcome);
      else reject(error);
    }
  });
}

/**
 * Ask one server for records of one type.
 *
 * @param name full name in lower case without a trailing dot, valid by {@link isDnsName}
 * @param timeoutMs for UDP and again for TCP
 * @throws {NoDnsAnswer}
 */
export async function ask(
  server: NameServer,
  name: string,
  type: QueryType,
  timeoutMs: number,
): Promise<DnsReply> {
  let reply = await within(timeoutMs, (finish) => askUdp(server, name, type, finish));
  if (reply === "truncated") {
    reply = await within(timeoutMs, (finish) => askTcp(server, name, type, finish));
  }
  if (reply === "truncated") throw new NoDnsAnswer("truncated over TCP");
  return { rcode: (reply.flags ?? 0) & RCODE_MASK, answers: reply.answers ?? [] };
}

/** Can this go into a question: 1 to 253 bytes in labels of 1 to 63? Underscores are common in SRV names. */
export function isDnsName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(name);
}
