/**
 * init_worker and configure of the plugins of a server: on each connection that opens, and whenever the configuration
 * changes.
 */
import type { Plugin } from "../../entities/plugin.ts";
import type { Instance, InstanceUser } from "../instance-calls.ts";
import type { RemotePluginInfo } from "../plugin-info.ts";
import type { Life } from "./native-process.ts";
import type { NativeServer } from "./native-server.ts";
import { WorkerEvent } from "./worker-event.ts";

/** Run init_worker of all plugins that have it; `ready` is called when all have ended, well or not. */
export function runInitWorker(
  server: NativeServer,
  plugins: readonly RemotePluginInfo[],
  life: Life,
  ready: () => void,
): void {
  const names = plugins.filter(({ phases }) => phases.includes("init_worker"));
  let left = names.length;
  if (left === 0) return ready();
  for (const { name } of names) {
    new WorkerEvent(server, life.link, name, "init_worker", [], () => {
      if (--left === 0) ready();
    });
  }
}

/** Start an instance for each config of a plugin, then tell the plugin of all of them. */
export class Configure implements InstanceUser {
  readonly #server: NativeServer;
  readonly #life: Life;
  readonly #plugin: string;
  readonly #numbers: number[] = [];
  #left: number;

  constructor(server: NativeServer, life: Life, plugin: string, configs: readonly Plugin[]) {
    this.#server = server;
    this.#life = life;
    this.#plugin = plugin;
    this.#left = configs.length;
    if (this.#left === 0) this.#send();
    for (const config of configs) {
      const instance = life.instances.claim(config, this);
      if (instance !== null) this.onInstance(instance);
    }
  }

  onInstance(instance: Instance): void {
    this.#numbers.push(instance.id);
    this.#oneLess();
  }

  /** The plugin refuses that config: it hears of the others. */
  onInstanceFailure(): void {
    this.#oneLess();
  }

  #oneLess(): void {
    if (--this.#left === 0) this.#send();
  }

  #send(): void {
    if (this.#life.link.isClosed) return;
    const { link } = this.#life;
    new WorkerEvent(this.#server, link, this.#plugin, "configure", this.#numbers, () => {});
  }
}
