/**
 * An event that belongs to no request: init_worker, once for each connection, and configure, after each change of the
 * configuration.
 *
 * Its plugin may call the PDK as far as that phase allows. A failure is a line in the log and nothing else, as in Kong.
 */
import type { GatewayError } from "../../errors.ts";
import { Exchange, type ClientFacts, type RequestBody } from "../../exchange/exchange.ts";
import { HeaderBlock } from "../../exchange/header-block.ts";
import { NEVER, wheel } from "../../http1/timer-wheel.ts";
import { PHASE } from "../../phases/phases.ts";
import { bytesField, textField, varint, varintField } from "../protobuf/wire.ts";
import { applyWrite } from "./apply-writes.ts";
import { CANCEL, FRAME } from "./frame-types.ts";
import type { Link } from "./link.ts";
import type { NativeServer } from "./native-server.ts";
import { writeResult } from "./result.ts";
import type { StreamUser } from "./stream-table.ts";
import { call, done, readCall, readDone, writes } from "./writes.ts";

const NOBODY: ClientFacts = {
  ip: "",
  port: 0,
  localIp: "",
  localPort: 0,
  advertisedPort: 0,
  tls: null,
  trusted: false,
  proxied: null,
};
const NO_BODY: RequestBody = {
  isPresent: false,
  read: () => Buffer.alloc(0),
  replace() {},
};

/** What stands for the request where there is none. */
function noRequest(phase: number): Exchange {
  const empty = HeaderBlock.empty;
  const x = new Exchange("", NOBODY, 0, "", "", 1.1, "http", "", empty(), NO_BODY, empty());
  x.phase = phase;
  return x;
}

/**
 * Runs from the moment it is made, on that connection and no other; `onEnd` is called once, however it ends.
 */
export class WorkerEvent implements StreamUser {
  deadline: number;
  readonly requestId = "";
  readonly #server: NativeServer;
  readonly #link: Link;
  readonly #plugin: string;
  readonly #phase: "init_worker" | "configure";
  readonly #x: Exchange;
  readonly #stream: number;
  readonly #onEnd: () => void;

  /**
   * Send it.
   *
   * @param configs numbers of the instances of all configs in force, for configure
   */
  constructor(
    server: NativeServer,
    link: Link,
    plugin: string,
    phase: "init_worker" | "configure",
    configs: readonly number[],
    onEnd: () => void,
  ) {
    this.#server = server;
    this.#link = link;
    this.#plugin = plugin;
    this.#phase = phase;
    this.#onEnd = onEnd;
    this.#x = noRequest(PHASE[phase]);
    this.#stream = link.streams.open(this);
    const timeoutMs = server.settings.policy.timeouts?.[phase] ?? server.settings.eventTimeoutMs;
    this.deadline = wheel.in(timeoutMs);
    const numbers = configs.length === 0 ? "" : bytesField(41, configs.map(varint).join(""));
    const head = varintField(1, PHASE[phase]) + varintField(4, timeoutMs);
    link.out.frame(this.#stream, FRAME.EVENT, head + textField(40, plugin) + numbers);
    link.send();
  }

  onCall(b: Buffer, from: number, end: number): void {
    readCall(b, from, end);
    const { method, args } = call;
    try {
      this.#applyWrites();
      this.#x.pdkError = null;
      const result = this.#server.callPdk(method, this.#x, args);
      // where there is no request nothing has to be waited for
      this.#link.out.frame(this.#stream, FRAME.RESULT, writeResult(result, this.#x.pdkError));
      this.#link.send();
    } catch (cause) {
      const error = this.#server.asGatewayError(cause);
      this.#cancel(CANCEL.REFUSED, error.message);
      this.#end(error);
    }
  }

  #applyWrites(): void {
    for (let i = 0; i < writes.count; i++) applyWrite(writes, i, this.#x, this.#server, null);
  }

  onDone(b: Buffer, from: number, end: number): void {
    readDone(b, from, end);
    let cause: unknown = done.failure === "" ? null : done.failure;
    try {
      this.#applyWrites();
    } catch (refused) {
      cause = refused;
    }
    this.#link.closeStream(this.#stream);
    this.#end(cause);
  }

  onChunkDone(): void {
    this.#link.fail("it answered a chunk that it was not sent");
  }

  onDeadline(): void {
    this.#cancel(CANCEL.DEADLINE, "");
    this.#end("it took too long");
  }

  onLinkClosed(cause: GatewayError): void {
    this.#end(cause);
  }

  #cancel(reason: number, message: string): void {
    this.#link.write(FRAME.CANCEL, "Cancel", { reason, message }, this.#stream);
    this.#link.closeStream(this.#stream);
  }

  #end(cause: unknown): void {
    this.deadline = NEVER;
    if (cause !== null) {
      const fields = { plugin: this.#plugin, phase: this.#phase, err: cause };
      this.#server.log.error(fields, "plugin failed");
    }
    this.#onEnd();
  }
}
