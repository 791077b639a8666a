/**
 * ProtoBuf:1, spoken by go-pdk: frames of a 4-byte little-endian length and a payload.
 *
 * An event owns its connection until it ends: the server sends a function's name and its argument, each in a frame, and
 * gets a frame with the result; an empty name ends the event. There is no message for an error. A server that cannot
 * do what it was asked closes the connection, and what that means depends on what has happened before.
 *
 * @see reference, section 7
 */
import {
  type GatewayError,
  PluginFailed,
  PluginInstanceGone,
  PluginProtocolError,
} from "../../errors.ts";
import { FRAME_BYTES_MAX } from "../limits.ts";
import { PendingBytes } from "../pending-bytes.ts";
import type { Conversation, Protocol, Session } from "../session.ts";
import { textAt } from "../short-text.ts";
import { PDK_METHODS, type PdkMethod } from "./methods.ts";
import type { Fields } from "./shape-table.ts";
import { readShape, writeShape } from "./shapes.ts";
import { ProtobufReader, UnreadableProtobuf, VARINT } from "./wire.ts";

/** Bytes before each payload. */
const LENGTH_BYTES = 4;
/** Sequence numbers go round below this; the first is 2, as in Kong. */
const SEQUENCE_MAX = 0x3fffffff;
const SEQUENCE_FIRST = 2;
/** Longest name of a PDK function that is looked at. */
const NAME_BYTES_MAX = 128;

/** What the next frame is. */
const NOTHING = 0;
const RETURN = 1;
const NAME = 2;
const ARGUMENT = 3;
/** No frame may come: the plugin server waits for a result. */
const OWED = 4;

/** A payload with its length before it. */
function frame(payload: string): string {
  const n = payload.length;
  return String.fromCharCode(n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24) + payload;
}

class ProtobufSession implements Session {
  conversation: Conversation | null = null;
  readonly #server: string;
  readonly #pending = new PendingBytes();
  #expected = NOTHING;
  #sequence = SEQUENCE_FIRST - 1;
  #isEvent = false;
  /** Has the plugin shown a sign of life in this event? */
  #hasSpoken = false;
  #methodName = "";
  #method: PdkMethod | undefined;

  constructor(server: string) {
    this.#server = server;
  }

  get isIdle(): boolean {
    return this.#expected === NOTHING && this.#pending.length === 0;
  }

  startInstance(who: Conversation, plugin: string, config: string): string {
    const call = { name: plugin, config: Buffer.from(config, "utf8") };
    return this.#call(who, RETURN, { cmd_start_instance: call });
  }

  closeInstance(who: Conversation, instanceId: number): string {
    return this.#call(who, RETURN, { cmd_close_instance: { instance_id: instanceId } });
  }

  handleEvent(who: Conversation, instanceId: number, phase: string): string {
    const call = { instance_id: instanceId, event_name: phase };
    return this.#call(who, NAME, { cmd_handle_event: call });
  }

  #call(who: Conversation, expected: number, call: Fields): string {
    this.conversation = who;
    this.#expected = expected;
    this.#isEvent = expected === NAME;
    this.#hasSpoken = false;
    this.#sequence = this.#sequence >= SEQUENCE_MAX ? SEQUENCE_FIRST : this.#sequence + 1;
    call.sequence = this.#sequence;
    return frame(writeShape("RpcCall", call));
  }

  reply(result: unknown): string {
    const payload = this.#method!.writeResult(result);
    if (payload.length > FRAME_BYTES_MAX) throw new UnreadableProtobuf("the result is too large");
    this.#expected = NAME;
    return frame(payload);
  }

  refuse(): null {
    return null;
  }

  afterExit(): null {
    return null;
  }

  receive(b: Buffer, n: number): boolean {
    if (this.#expected === NOTHING) return false;
    if (this.#expected === OWED) {
      this.#fail(new PluginProtocolError(this.#server, "a message while it waits for one"));
      return true;
    }
    const pending = this.#pending;
    if (pending.length === 0) {
      const used = this.#read(b, n);
      if (used < n) pending.append(b, used, n);
      return true;
    }
    pending.append(b, 0, n);
    const length = pending.length;
    const used = this.#read(pending.bytes, length);
    if (pending.length === length) pending.drop(used);
    return true;
  }

  /** Take whole frames out of `b[0..n)`. @returns how many bytes were used; all where the stream is broken */
  #read(b: Buffer, n: number): number {
    let at = 0;
    while (n - at >= LENGTH_BYTES) {
      const length = b.readUInt32LE(at);
      if (length > FRAME_BYTES_MAX) return this.#broken("a frame over the limit", n);
      const from = at + LENGTH_BYTES;
      const end = from + length;
      if (end > n) break;
      at = end;
      if (this.#expected === NAME) {
        if (!this.#readName(b, from, end)) return this.#broken("no name of a function", n);
      } else if (end !== n) {
        return this.#broken("more than it was asked for", n);
      } else if (this.#expected === ARGUMENT) {
        this.#readArgument(b, from, end);
        return n;
      } else {
        this.#readReturn(b, from, end);
        return n;
      }
    }
    return at;
  }

  #readName(b: Buffer, from: number, end: number): boolean {
    this.#hasSpoken = true;
    if (from === end) {
      this.#expected = RETURN;
      return true;
    }
    if (end - from > NAME_BYTES_MAX) return false;
    this.#methodName = textAt(b, from, end);
    this.#method = PDK_METHODS.get(this.#methodName);
    this.#expected = ARGUMENT;
    return true;
  }

  #readArgument(b: Buffer, from: number, end: number): void {
    const method = this.#method;
    if (method === undefined) {
      return this.#fail(
        new PluginFailed(this.#server, `no function ${this.#methodName} for ProtoBuf:1`),
      );
    }
    let args: unknown[];
    try {
      args = method.readArguments(b, from, end);
    } catch (cause) {
      if (!(cause instanceof UnreadableProtobuf)) throw cause;
      this.#broken(`${this.#methodName}: ${cause.message}`, 0);
      return;
    }
    this.#expected = OWED;
    this.#pending.clear();
    this.conversation!.onPdkCall(this.#methodName, args);
  }

  #readReturn(b: Buffer, from: number, end: number): void {
    let instanceId = 0;
    try {
      if (this.#isEvent) this.#checkSequence(readSequence(b, from, end));
      else instanceId = this.#readStatus(readShape("RpcReturn", b, from, end));
    } catch (cause) {
      if (!(cause instanceof UnreadableProtobuf)) throw cause;
      this.#broken(cause.message, 0);
      return;
    }
    this.#pending.clear();
    this.#expected = NOTHING;
    const who = this.conversation!;
    this.conversation = null;
    who.onReturn(instanceId);
  }

  #checkSequence(sequence: unknown): void {
    if (sequence !== this.#sequence) throw new UnreadableProtobuf("an answer to another call");
  }

  #readStatus(returned: Fields): number {
    this.#checkSequence(returned.sequence);
    const status = returned.instance_status as Fields | undefined;
    if (status === undefined) throw new UnreadableProtobuf("no status of the instance");
    return status.instance_id as number;
  }

  closed(): GatewayError {
    const isQuiet = !this.#hasSpoken && this.#pending.length === 0;
    if (isQuiet && this.#isEvent) return new PluginInstanceGone(this.#server);
    if (isQuiet)
      return new PluginFailed(this.#server, "it closed the connection, as for any error");
    return new PluginProtocolError(
      this.#server,
      "the connection was closed in the middle of a call",
    );
  }

  #broken(what: string, used: number): number {
    this.#fail(new PluginProtocolError(this.#server, what));
    return used;
  }

  /** The connection stays out of step (it is not idle): its owner drops it. */
  #fail(cause: GatewayError): void {
    const who = this.conversation!;
    this.conversation = null;
    who.onFailure(cause);
  }
}

/** The sequence number of an RpcReturn, by hand because every event ends with one; 0 if there is none. */
function readSequence(b: Buffer, from: number, end: number): number {
  const reader = new ProtobufReader(b, from, end);
  let sequence = 0;
  while (!reader.isAtEnd) {
    const key = reader.varint();
    if (key === 1 * 8 + VARINT) sequence = reader.varint();
    else reader.skip(key & 7);
  }
  return sequence;
}

/** The protocol as remote-handler.ts looks it up; each connection gets a session of its own. */
export const PROTOBUF_1: Protocol = {
  name: "ProtoBuf:1",
  open: (serverName) => new ProtobufSession(serverName),
};
