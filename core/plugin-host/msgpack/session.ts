/**
 * MsgPack:1, spoken by the SDKs for JavaScript and Python: requests, answers and notifications as MessagePack lists.
 *
 * An event is a chain of requests (HandleEvent, then a Step for each PDK call) that is held together by its event id.
 * Kong sends each over any connection; here a chain stays on one, because a lookup in a pool for each Step costs more
 * than the Step's encoding. The next request is sent only after the answer to the last, since the JavaScript SDK reads
 * one message per chunk.
 *
 * @see reference, section 6
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
import { MessageReader, UnreadableMessage } from "./read.ts";
import { stepForm } from "./results.ts";
import { INCOMPLETE, MALFORMED, MessageScanner } from "./scan.ts";
import { packNumber, packText, UnwritableValue } from "./write.ts";

/** Message ids go round below this, so that they take three bytes at most. */
const MESSAGE_IDS = 0x10000;
/** Longest text of a plugin server's error that goes into the log. */
const ERROR_CHARS_MAX = 500;
/** What SDKs say of an instance that they do not have; in any case of letters. */
const INSTANCE_GONE = /no plugin instance/i;

const NOTHING = 0;
const START = 1;
const CLOSE = 2;
const EVENT = 3;

/** What an answer may be besides the end of a call. */
const PDK_CALL = -1;
const FAILED = -2;

const HANDLE_EVENT = packText("plugin.HandleEvent");
const STEP = packText("plugin.Step");
const STEP_ERROR = packText("plugin.StepError");
const NO_ARGS: unknown[] = [];

/** Messages are decoded one at a time, whatever the connection, and hold nothing afterwards. */
const reader = new MessageReader();

class MsgpackSession implements Session {
  conversation: Conversation | null = null;
  readonly #server: string;
  readonly #scanner = new MessageScanner();
  readonly #pending = new PendingBytes();
  #underWay = NOTHING;
  #plugin = "";
  #messageId = 0;
  #eventId = "";
  /** Of the PDK call told last. */
  #method = "";
  #args: unknown[] = NO_ARGS;
  /** The plugin server waits for a Step: nothing may come from it. */
  #isOwed = false;
  #failure: GatewayError | null = null;

  constructor(server: string) {
    this.#server = server;
  }

  get isIdle(): boolean {
    return this.#underWay === NOTHING && this.#pending.length === 0;
  }

  startInstance(who: Conversation, plugin: string, config: string): string {
    this.#plugin = plugin;
    const argument = `\x82\xa4Name${packText(plugin)}\xa6Config${packText(config)}`;
    return this.#request(who, START, packText("plugin.StartInstance"), argument);
  }

  closeInstance(who: Conversation, instanceId: number): string {
    return this.#request(who, CLOSE, packText("plugin.CloseInstance"), packNumber(instanceId));
  }

  handleEvent(who: Conversation, instanceId: number, phase: string): string {
    const argument = `\x82\xaaInstanceId${packNumber(instanceId)}\xa9EventName${packText(phase)}`;
    return this.#request(who, EVENT, HANDLE_EVENT, argument);
  }

  reply(result: unknown): string {
    const form = stepForm(this.#method);
    if (result === undefined || result === null) return this.#step(form.method, "");
    const data = form.pack(result);
    if (data.length > FRAME_BYTES_MAX) throw new UnwritableValue("the result is too large");
    return this.#step(form.method, data);
  }

  refuse(reason: string): string {
    return this.#step(STEP_ERROR, packText(reason));
  }

  afterExit(): string {
    return this.#step(STEP, "");
  }

  /** @param data "" for a result that is nil: the field is left out then, as Kong leaves it out */
  #step(method: string, data: string): string {
    const argument =
      data === ""
        ? `\x81\xa7EventId${this.#eventId}`
        : `\x82\xa7EventId${this.#eventId}\xa4Data${data}`;
    return this.#request(this.conversation!, EVENT, method, argument);
  }

  #request(who: Conversation, underWay: number, method: string, argument: string): string {
    this.conversation = who;
    this.#underWay = underWay;
    this.#isOwed = false;
    this.#messageId = (this.#messageId + 1) % MESSAGE_IDS;
    this.#scanner.reset(0);
    return `\x94\0${packNumber(this.#messageId)}${method}\x91${argument}`;
  }

  receive(b: Buffer, n: number): boolean {
    if (this.#underWay === NOTHING) return false;
    if (this.#isOwed) {
      this.#fail(new PluginProtocolError(this.#server, "a message while it waits for one"));
      return true;
    }
    const pending = this.#pending;
    if (pending.length === 0) {
      this.#read(b, n);
    } else {
      pending.append(b, 0, n);
      this.#read(pending.bytes, pending.length);
    }
    return true;
  }

  /** Take notifications and then the answer out of `b[0..n)`, which may be the pending bytes. */
  #read(b: Buffer, n: number): void {
    let from = 0;
    for (;;) {
      const end = this.#scanner.scan(b, n);
      if (end === MALFORMED) return this.#broken("no MessagePack, or too much of it");
      if (end === INCOMPLETE) return this.#keep(b, from, n);
      if (!isNotification(b, from)) {
        if (end !== n) return this.#broken("more than one answer to a call");
        this.#pending.clear(); // the bytes themselves stay until the next are read
        return this.#answer(b, from);
      }
      from = end;
      this.#scanner.reset(from);
      if (from === n) return this.#keep(b, from, n);
    }
  }

  /** Wait for more behind `b[from..n)`. */
  #keep(b: Buffer, from: number, n: number): void {
    const pending = this.#pending;
    if (b !== pending.bytes || pending.length === 0) pending.append(b, from, n);
    else if (from > 0) pending.drop(from);
    if (from === 0) return;
    this.#scanner.reset(0); // what is left stands at the beginning now
    this.#scanner.scan(pending.bytes, pending.length);
  }

  #answer(b: Buffer, from: number): void {
    let result: number;
    try {
      result = this.#decode(b, from);
    } catch (cause) {
      if (!(cause instanceof UnreadableMessage)) throw cause;
      return this.#broken(cause.message);
    }
    if (result === PDK_CALL) {
      const args = this.#args;
      this.#args = NO_ARGS;
      this.#isOwed = true;
      this.conversation!.onPdkCall(this.#method, args);
    } else if (result === FAILED) {
      this.#end().onFailure(this.#failure!);
    } else this.#end().onReturn(result);
  }

  /** @returns instance id (0 where there is none), {@link PDK_CALL} or {@link FAILED} */
  #decode(b: Buffer, from: number): number {
    reader.reset(b, from);
    if (reader.listLength() !== 4 || reader.value() !== 1) throw new UnreadableMessage("no answer");
    if (reader.value() !== this.#messageId)
      throw new UnreadableMessage("an answer to another call");
    const error = reader.value();
    if (error === null)
      return this.#underWay === EVENT ? this.#decodeEvent() : this.#decodeInstance();
    if (typeof error !== "string") throw new UnreadableMessage("an error without text");
    this.#failure = INSTANCE_GONE.test(error)
      ? new PluginInstanceGone(this.#server)
      : new PluginFailed(this.#plugin || this.#server, error.slice(0, ERROR_CHARS_MAX));
    return FAILED;
  }

  #decodeInstance(): number {
    if (this.#underWay === CLOSE) return 0;
    let id: unknown;
    for (let n = reader.mapLength(); n > 0; n--) {
      if (reader.takeWord("Id")) id = reader.value();
      else reader.skipPair();
    }
    if (!Number.isSafeInteger(id) || (id as number) < 0)
      throw new UnreadableMessage("an instance without id");
    return id as number;
  }

  #decodeEvent(): number {
    let result = -1;
    let eventId: unknown;
    for (let n = reader.mapLength(); n > 0; n--) {
      if (reader.takeWord("Data")) result = this.#decodeData();
      else if (reader.takeWord("EventId")) eventId = reader.value();
      else reader.skipPair();
    }
    if (result === -1) throw new UnreadableMessage("an event without data");
    if (result === 0) return 0;
    if (!Number.isSafeInteger(eventId)) throw new UnreadableMessage("a call without event id");
    this.#eventId = packNumber(eventId as number);
    return PDK_CALL;
  }

  /** @returns 0 when the event has ended, 1 for a PDK call, which is kept in `#method` and `#args` */
  #decodeData(): number {
    let n = reader.mapLength();
    if (n < 0) {
      if (!reader.takeWord("ret")) throw new UnreadableMessage("an event that ends in another way");
      return 0;
    }
    let method: unknown;
    let args: unknown = NO_ARGS;
    for (; n > 0; n--) {
      if (reader.takeWord("Method")) method = reader.value();
      else if (reader.takeWord("Args")) args = reader.value() ?? NO_ARGS;
      else reader.skipPair();
    }
    if (typeof method !== "string" || !Array.isArray(args))
      throw new UnreadableMessage("no PDK call");
    this.#method = method;
    this.#args = args === NO_ARGS ? [] : luaArguments(args);
    return 1;
  }

  closed(): GatewayError {
    return new PluginProtocolError(
      this.#server,
      "the connection was closed in the middle of a call",
    );
  }

  /** What came makes no sense: the connection is out of step, and stays so (it is not idle). */
  #broken(what: string): void {
    this.#fail(new PluginProtocolError(this.#server, what));
  }

  #fail(cause: GatewayError): void {
    const who = this.conversation!;
    this.conversation = null;
    who.onFailure(cause);
  }

  /** The call is over and the connection in step. */
  #end(): Conversation {
    const who = this.conversation!;
    this.conversation = null;
    this.#underWay = NOTHING;
    return who;
  }
}

/** Is the object at `from` a list of three that begins with 2? Whole, so its first bytes are there. */
function isNotification(b: Buffer, from: number): boolean {
  return b[from] === 0x93 && b[from + 1] === 2;
}

/**
 * Arguments as Lua would count them: none behind a nil (undefined, as the reader says it), except behind a first one.
 *
 * @see reference, "nil arguments" (recorded)
 */
function luaArguments(args: unknown[]): unknown[] {
  for (let n = 1; n < args.length; n++) if (args[n] === undefined) args.length = n;
  return args;
}

/** The protocol as remote-handler.ts looks it up; each connection gets a session of its own. */
export const MSGPACK_1: Protocol = {
  name: "MsgPack:1",
  open: (serverName) => new MsgpackSession(serverName),
};
