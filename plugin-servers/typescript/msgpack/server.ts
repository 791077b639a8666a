/**
 * The plugin server as a gateway sees it over MsgPack:1: methods by name, instances and events by number, whatever the
 * connection.
 *
 * It behaves as kong-pdk's where Kong can tell, but for an exception of a plugin: that is an error here, and a success there.
 */
import { infoOf } from "../../../plugin-sdk/typescript/plugin/plugin.ts";
import type { Plugin } from "../../../plugin-sdk/typescript/plugin/define-plugin.ts";
import { isThenable } from "../../../plugin-sdk/typescript/server/instance.ts";
import { isLast, MsgpackEvent, type Said } from "./event.ts";
import { ERROR_CHARS_MAX, EVENTS_MAX, EXITED_MAX, INSTANCES_MAX } from "./limits.ts";

/** Tells the answer to a message. @returns false: nobody is there to hear it */
export type Answer = (error: string | null, result: unknown) => boolean;

/** As the native side of the same server has them. */
export interface MsgpackOptions {
  readonly plugins: readonly Plugin[];
  readonly swallowsExceptions: boolean;
  readonly warn: (line: string) => void;
}

interface Instance {
  readonly name: string;
  readonly config: unknown;
  readonly state: Record<string, unknown>;
  readonly startTime: number;
}

/** Kong starts an instance again and the event anew at this text, so nothing else may hold it. */
const INSTANCE_GONE = /no plugin instance/gi;
const STEP_METHOD =
  /^Step(?:Credential|Consumer|MemoryStats|Route|Service|Plugin|MultiMap|Error)?$/;

const textOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message || cause.name : String(cause))
    .replace(INSTANCE_GONE, "no such instance")
    .slice(0, ERROR_CHARS_MAX);

/** What the gateway asks for that is not there; its text is the answer as it is. */
class Refusal extends Error {}

/** Instances and events live as long as the process, or until there are too many. */
export class MsgpackServer {
  readonly #options: MsgpackOptions;
  readonly #plugins: ReadonlyMap<string, Plugin>;
  /** In the order of their last use. */
  readonly #instances = new Map<number, Instance>();
  readonly #events = new Map<number, MsgpackEvent>();
  /** Numbers of events that ended with an exit. */
  readonly #exited = new Set<number>();
  #nextInstance = 0;
  #nextEvent = 0;

  constructor(options: MsgpackOptions) {
    this.#options = options;
    this.#plugins = new Map(options.plugins.map((plugin) => [plugin.name, plugin]));
  }

  get instanceCount(): number {
    return this.#instances.size;
  }

  get eventCount(): number {
    return this.#events.size;
  }

  /** Do what a message asks for, and answer at once or later. @param name as in "plugin.HandleEvent" */
  handle(name: string, args: readonly unknown[], answer: Answer): void {
    const [space, method = ""] = name.split(".");
    try {
      if (space !== "plugin") throw new Refusal(`RPC for ${space} is not supported`);
      const [argument] = args;
      if (method === "HandleEvent") return this.#handleEvent(tableOf(argument), answer);
      if (STEP_METHOD.test(method)) return this.#step(method, tableOf(argument), answer);
      const result = this.#plainMethod(method, argument);
      if (!isThenable(result)) return void answer(null, result);
      result.then(
        (value) => answer(null, value),
        (cause: unknown) => answer(textOf(cause), null),
      );
    } catch (cause) {
      answer(cause instanceof Refusal ? cause.message : textOf(cause), null);
    }
  }

  #plainMethod(method: string, argument: unknown): unknown {
    switch (method) {
      case "StartInstance":
        return this.#startInstance(tableOf(argument));
      case "CloseInstance":
      case "InstanceStatus": {
        const id = Number(argument);
        const instance = this.#instance(id);
        if (method === "CloseInstance") this.#instances.delete(id);
        return statusOf(id, instance);
      }
      case "GetPluginInfo":
        return infoOf(this.#plugin(argument));
      case "GetStatus":
        return { Pid: process.pid, Plugins: [...this.#plugins.keys()] };
    }
    throw new Refusal(`method ${method} not implemented`);
  }

  #plugin(name: unknown): Plugin {
    const plugin = this.#plugins.get(String(name));
    if (plugin === undefined) throw new Refusal(`there is no plugin "${String(name)}" here`);
    return plugin;
  }

  #instance(id: number): Instance {
    const instance = this.#instances.get(id);
    if (instance === undefined) throw new Refusal(`no plugin instance #${id}`);
    return instance;
  }

  #startInstance({ Name, Config }: Record<string, unknown>): unknown {
    const plugin = this.#plugin(Name);
    const config: unknown = JSON.parse(String(Config));
    const start = plugin.start as unknown as (config: unknown) => unknown;
    const made = start(config);
    const keep = (state: unknown): unknown => {
      const id = this.#nextInstance++;
      const instance = {
        name: plugin.name,
        config,
        state: state as Record<string, unknown>,
        startTime: Date.now() / 1000,
      };
      dropOldest(this.#instances, INSTANCES_MAX);
      this.#instances.set(id, instance);
      return statusOf(id, instance);
    };
    return isThenable(made) ? made.then(keep) : keep(made);
  }

  #handleEvent({ InstanceId, EventName }: Record<string, unknown>, answer: Answer): void {
    const instanceId = Number(InstanceId);
    const instance = this.#instance(instanceId);
    this.#instances.delete(instanceId);
    this.#instances.set(instanceId, instance);
    const phase = String(EventName);
    const id = this.#nextEvent++;
    const event = new MsgpackEvent(() => this.#events.delete(id));
    dropOldest(this.#events, EVENTS_MAX);
    this.#events.set(id, event);
    event.listen((said) => this.#tell(id, said, answer));
    void this.#run(instance, phase, event);
  }

  async #run(instance: Instance, phase: string, event: MsgpackEvent): Promise<void> {
    const { state, name } = instance;
    try {
      const handler = state[phase];
      if (!this.#plugin(name)[phase as keyof Plugin] || typeof handler !== "function") {
        throw new TypeError(`plugin ${name} has no phase ${phase}`);
      }
      await (handler as (kong: unknown) => unknown).call(state, event.kong);
      event.end(null);
    } catch (cause) {
      const trace = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      this.#options.warn(`unhandled exception in ${name}.${phase}: ${trace}`);
      event.end(this.#options.swallowsExceptions ? null : textOf(cause));
    }
  }

  /**
   * Answer with what the handler says next. It may be over while calls that it did not wait for are still to be told, in
   * their order: the event is there until the last of them.
   */
  #tell(id: number, said: Said, answer: Answer): boolean {
    if (isLast(said)) this.#events.delete(id);
    if ("failure" in said) return answer(said.failure, null);
    if (said.data !== "ret" && isLast(said)) {
      dropOldest(this.#exited, EXITED_MAX);
      this.#exited.add(id);
    }
    return answer(null, { Data: said.data, EventId: id });
  }

  #step(method: string, { EventId, Data }: Record<string, unknown>, answer: Answer): void {
    const id = Number(EventId);
    if (this.#exited.delete(id)) return void answer(null, { Data: "ret", EventId: id });
    const event = this.#events.get(id);
    if (event === undefined) throw new Refusal(`event id ${id} not found`);
    event.answer(Data, method === "StepError");
    event.listen((said) => this.#tell(id, said, answer));
  }
}

function statusOf(id: number, { name, config, startTime }: Instance): object {
  return { Name: name, Id: id, Config: config, StartTime: startTime };
}

function tableOf(argument: unknown): Record<string, unknown> {
  if (typeof argument === "object" && argument !== null) return argument as Record<string, unknown>;
  throw new Refusal("the method wants a table");
}

/** Make room for one more. */
function dropOldest(kept: Map<number, unknown> | Set<number>, most: number): void {
  if (kept.size < most) return;
  const [oldest] = kept.keys();
  if (oldest !== undefined) kept.delete(oldest);
}
