/**
 * Tests a plugin without a gateway: sends a request through its phases and shows what the client, the upstream and the log
 * would get. The plugin runs as it would in its server, over the same messages; only the gateway is a small model.
 */
import type { Plugin } from "../plugin/define-plugin.ts";
import { PHASE, type PhaseName } from "../plugin/phases.ts";
import { handlerOf } from "../plugin/plugin.ts";
import type { Message } from "../wire/codec.ts";
import { FRAME } from "../wire/messages.ts";
import { encodeValue } from "../wire/value.ts";
import { type Answer, answerOf, UNANSWERED } from "./answers.ts";
import { eventMessage } from "./event-message.ts";
import {
  argumentsOf,
  Exchange,
  type LogLine,
  type ServiceResponse,
  type TestRequest,
  valueMessage,
} from "./exchange.ts";
import { Link } from "./link.ts";
import { TestResult, type UpstreamRequest } from "./result.ts";

const INSTANCE = 1;

/** A phase failed: the plugin threw, or asked what nobody answers. */
export class PhaseFailed extends Error {
  override readonly name = "PhaseFailed";
  readonly phase: string;

  constructor(phase: string, message: string) {
    super(`${phase}: ${message}`);
    this.phase = phase;
  }
}

/** Answers of the Service: the same for every request, or by request. */
export type TestService = ServiceResponse | ((request: UpstreamRequest) => ServiceResponse);

/** A plugin with one plugin config, and the small model of a gateway around it. Made by `testPlugin`. */
export class Harness {
  readonly #plugin: Plugin;
  readonly #link: Link;
  readonly #answers = new Map<string, Answer>();
  #service: TestService = { status: 200, body: "OK" };
  #stream = 0;
  #requests = 0;

  constructor(plugin: Plugin) {
    this.#plugin = plugin;
    this.#link = new Link(plugin);
  }

  /** @throws {Error} (rejects) where the plugin refuses the configuration */
  start(config: object): Promise<void> {
    return this.#link.start(INSTANCE, this.#plugin.name, config);
  }

  /** Answer a PDK function by its wire name: `on("kong.vault.get", () => "secret")`. */
  on(name: string, answer: Answer): this {
    this.#answers.set(name, answer);
    return this;
  }

  /** What the Service answers from now on; 200 "OK" at first. */
  service(service: TestService): this {
    this.#service = service;
    return this;
  }

  /**
   * Send a request through all phases of the plugin.
   *
   * @throws {PhaseFailed} (rejects) where a handler throws, or asks what nobody answers
   */
  async request(request: TestRequest = {}): Promise<TestResult> {
    const x = new Exchange(request);
    const number = ++this.#requests;
    await this.#phase(x, "rewrite", number);
    if (x.source === "none") await this.#phase(x, "access", number);
    const result = new TestResult(x);
    if (x.source === "none") {
      const service = this.#service;
      x.answerOfService(typeof service === "function" ? service(result.upstream!) : service);
      await this.#phase(x, "response", number);
    } else {
      result.upstream = null;
    }
    await this.#phase(x, "header_filter", number);
    await this.#bodyFilter(x, number);
    result.takeResponse();
    await this.#phase(x, "log", number);
    this.#link.send(0, FRAME.FORGET, "Forget", { requests: [number] });
    return result;
  }

  /** Stop the plugin config. */
  close(): void {
    this.#link.send(0, FRAME.STOP, "Stop", { instance: INSTANCE });
    this.#link.close();
  }

  #has(phase: PhaseName): boolean {
    return handlerOf(this.#plugin, phase) !== undefined;
  }

  async #phase(x: Exchange, phase: PhaseName, request: number): Promise<void> {
    if (!this.#has(phase)) return;
    const stream = ++this.#stream;
    const event = this.#event(x, phase, request);
    this.#finish(
      x,
      phase,
      await this.#run(x, phase, stream, () => this.#link.event(stream, event, this.#listener!)),
    );
  }

  #event(x: Exchange, phase: PhaseName, request: number): Message {
    this.#entities(x);
    return { ...eventMessage(x, PHASE[phase], request), instances: [INSTANCE] };
  }

  /** Entities of the request under fixed numbers, told anew because tests change them. */
  #entities(x: Exchange): void {
    const { route, service } = x.asked;
    for (const [i, entity] of [route, service, x.consumer, x.credential].entries()) {
      if (entity === undefined) continue;
      const json = JSON.stringify(entity);
      this.#link.send(0, FRAME.ENTITY, "Entity", { number: i + 1, kind: i + 1, json });
    }
  }

  #listener: Parameters<Link["event"]>[2] | null = null;

  /** Run one event or chunk to its end, answering what is asked on the way. */
  #run(x: Exchange, phase: string, stream: number, begin: () => void): Promise<Message> {
    return new Promise((done, failed) => {
      this.#listener = {
        onLog: ({ level, message }) =>
          void x.logs.push({
            level: String(level ?? ""),
            message: String(message ?? ""),
          } satisfies LogLine),
        onEnd: (_type, message) => done(message),
        onCall: (call) => {
          try {
            this.#answer(x, stream, call);
          } catch (cause) {
            this.#link.send(stream, FRAME.CANCEL, "Cancel", { reason: 3, message: String(cause) });
            failed(new PhaseFailed(phase, (cause as Error).message));
          }
        },
      };
      begin();
    });
  }

  #answer(x: Exchange, stream: number, call: Message): void {
    x.apply((call.writes ?? []) as Message[]);
    const name = String(call.method ?? "");
    const value = answerOf(x, this.#answers, name, argumentsOf(call.args));
    if (value === UNANSWERED) {
      throw new Error(`nobody answers ${name}; say what it gives with on("${name}", ...)`);
    }
    const result = value === undefined ? {} : { value: valueMessage(encodeValue(value)) };
    // later, as from a gateway
    setImmediate(() => this.#link.send(stream, FRAME.RESULT, "Result", result));
  }

  #finish(x: Exchange, phase: string, message: Message): void {
    x.apply((message.writes ?? []) as Message[]);
    x.cacheMs = (message.cache_ms as number | undefined) ?? x.cacheMs;
    if (message.failure !== undefined) throw new PhaseFailed(phase, String(message.failure));
  }

  /** Pass the response's body through body_filter, in two chunks so that a plugin cannot rely on one. */
  async #bodyFilter(x: Exchange, request: number): Promise<void> {
    const phase = "body_filter";
    if (!this.#has(phase)) return;
    const stream = ++this.#stream;
    const event = this.#event(x, phase, request);
    const begin = () => this.#link.event(stream, event, this.#listener!);
    const done = await this.#run(x, phase, stream, begin);
    this.#finish(x, phase, done);
    if (done.wants_body !== true) return;
    const half = x.responseBody.length >> 1;
    const chunks = [x.responseBody.subarray(0, half), x.responseBody.subarray(half)];
    const sent: Buffer[] = [];
    for (const [i, data] of chunks.entries()) {
      const chunk = { data, is_last: i === chunks.length - 1 };
      const answer = await this.#run(x, phase, stream, () =>
        this.#link.chunk(stream, chunk, this.#listener!),
      );
      this.#finish(x, phase, answer);
      sent.push(
        answer.is_unchanged === true
          ? data
          : ((answer.data as Buffer | undefined) ?? Buffer.alloc(0)),
      );
      if (answer.is_last === true) break;
    }
    x.responseBody = Buffer.concat(sent);
  }
}

/**
 * Begin a plugin with a configuration.
 *
 *     const harness = await testPlugin(hello, { greeting: "good night" });
 *     const { status, headers, upstream } = await harness.request({ path: "/x", headers: { apikey: "k" } });
 *
 * @throws {Error} (rejects) where the plugin refuses the configuration
 */
export async function testPlugin(plugin: Plugin, config: object = {}): Promise<Harness> {
  const harness = new Harness(plugin);
  await harness.start(config);
  return harness;
}
