/**
 * The check that a worker makes of new processes before any request goes there: they accept connections, understand the
 * protocol, and start an instance of every plugin config in force. What was started stays, so the first request need not
 * wait.
 */
import type { Plugin } from "../entities/plugin.ts";
import { type GatewayError, PluginServerTimeout, PluginServerUnreachable } from "../errors.ts";
import type { UpWaiter } from "./endpoint.ts";
import type { InstanceUser } from "./instance-calls.ts";
import type { PluginProcess } from "./plugin-process.ts";

/** Plugin configs that are tried, for each process; the others are started when they are needed. */
const WARMED_CONFIGS_MAX = 1000;
/** Instances that are started at the same time in one process. */
const AT_A_TIME = 8;

/** One process, from the wait for it to the last instance; `onEnd` is called once. */
export class Warming implements InstanceUser, UpWaiter {
  readonly #serverName: string;
  readonly #process: PluginProcess;
  readonly #configs: Plugin[];
  readonly #onEnd: (cause: GatewayError | null) => void;
  readonly #timer: NodeJS.Timeout;
  #underWay = 0;
  #isOver = false;

  constructor(
    serverName: string,
    process: PluginProcess,
    configs: readonly Plugin[],
    limitMs: number,
    onEnd: (cause: GatewayError | null) => void,
  ) {
    this.#process = process;
    this.#configs = configs.slice(0, WARMED_CONFIGS_MAX);
    this.#onEnd = onEnd;
    const late = new PluginServerTimeout(serverName, "the start of new processes", limitMs);
    this.#timer = setTimeout(() => this.#end(late), limitMs);
    this.#serverName = serverName;
    process.waitUntilUp(this);
  }

  onUp(): void {
    this.#fill();
  }

  #fill(): void {
    while (!this.#isOver && this.#underWay < AT_A_TIME) {
      const plugin = this.#configs.pop();
      if (plugin === undefined) break;
      const { instances } = this.#process;
      if (instances === null) return this.#end(new PluginServerUnreachable(this.#serverName));
      if (instances.claim(plugin, this) === null) this.#underWay++;
    }
    if (this.#underWay === 0 && this.#configs.length === 0) this.#end(null);
  }

  onInstance(): void {
    this.#underWay--;
    this.#fill();
  }

  onInstanceFailure(cause: GatewayError | null): void {
    this.#end(cause ?? new PluginServerUnreachable(this.#serverName));
  }

  #end(cause: GatewayError | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#process.stopWaiting(this);
    this.#onEnd(cause);
  }
}
