/**
 * Plugin instances in one process of a plugin server: one for each plugin config that has had an event.
 *
 * An instance is started when the first event needs it; events that come meanwhile wait for the same start. It is known
 * by the Plugin entity (one object in one snapshot), so an event never runs with another configuration, also while
 * requests of an old and a new snapshot are under way. As in Kong, a configuration that was loaded anew gets a new
 * instance, changed or not; the one before is closed when the new one has started and its own last event has ended.
 *
 * `__seq__` counts over all workers and never repeats within a server's life: go-pdk takes it as the instance id.
 */
import type { Plugin } from "../entities/plugin.ts";
import { type GatewayError, PluginServerUnreachable } from "../errors.ts";
import {
  Instance,
  type InstanceCalls,
  type InstancesOptions,
  type InstanceUser,
} from "./instance-calls.ts";
import { configText } from "./instance-config.ts";

/** The instances of one life of a process; a new life begins with none. */
export class Instances {
  readonly #calls: InstanceCalls;
  readonly #options: InstancesOptions;
  /** The newest by id of the Plugin entity. */
  readonly #current = new Map<string, Instance>();
  /** All that are starting or ready. */
  readonly #all = new Set<Instance>();
  #byPlugin = new WeakMap<Plugin, Instance>();
  /** Entities of an older configuration: they get an instance, but not the place of the newest. */
  readonly #outdated = new WeakSet<Plugin>();

  constructor(calls: InstanceCalls, options: InstancesOptions) {
    this.#calls = calls;
    this.#options = options;
  }

  /** A ready instance for this plugin config, or null: then `user` is told when it is ready or cannot be. */
  claim(plugin: Plugin, user: InstanceUser): Instance | null {
    let instance = this.#byPlugin.get(plugin);
    if (instance === undefined || instance.isGone) instance = this.#find(plugin);
    if (instance.isReady) return instance;
    instance.waiting.add(user);
    return null;
  }

  stopWaiting(plugin: Plugin, user: InstanceUser): void {
    this.#byPlugin.get(plugin)?.waiting.delete(user);
  }

  #find(plugin: Plugin): Instance {
    const current = this.#current.get(plugin.id);
    const instance = new Instance(plugin, configText(plugin, this.#options.workspaceId));
    this.#byPlugin.set(plugin, instance);
    this.#all.add(instance);
    if (this.#outdated.has(plugin)) {
      instance.isSuperseded = true;
    } else {
      if (current !== undefined && !current.isGone) {
        this.#outdated.add(current.plugin);
        instance.predecessor = current;
      }
      this.#current.set(plugin.id, instance);
    }
    this.#calls.start(instance, this);
    return instance;
  }

  /** An event that used it has ended. */
  release(instance: Instance): void {
    instance.active--;
    this.#closeIfIdle(instance);
  }

  /** The start has succeeded. */
  onStarted(instance: Instance, id: number): void {
    instance.id = id;
    instance.isReady = true;
    const predecessor = instance.predecessor;
    instance.predecessor = null;
    const users = instance.waiting;
    instance.waiting = new Set();
    for (const user of users) user.onInstance(instance);
    if (predecessor !== null) {
      predecessor.isSuperseded = true;
      this.#closeIfIdle(predecessor);
    }
    this.#closeIfIdle(instance);
  }

  /** @param cause null: nothing was asked, because the process is away */
  onStartFailed(instance: Instance, cause: GatewayError | null): void {
    this.#drop(instance, cause);
  }

  /** The plugin server does not know it any more. */
  forget(instance: Instance): void {
    this.#drop(instance, new PluginServerUnreachable(this.#options.serverName));
  }

  /** The process is gone, and all instances with it. */
  forgetAll(): void {
    const all = [...this.#all];
    this.#current.clear();
    this.#byPlugin = new WeakMap();
    for (const instance of all) {
      instance.predecessor = null;
      this.#drop(instance, null);
    }
  }

  /** No event begins here any more; those that wait for a start go elsewhere, those under way have what they need. */
  letGo(): void {
    for (const instance of [...this.#all]) if (!instance.isReady) this.#drop(instance, null);
  }

  #drop(instance: Instance, cause: GatewayError | null): void {
    if (instance.isGone) return;
    this.#bury(instance);
    const { predecessor } = instance;
    const { id } = instance.plugin;
    const newest = this.#current.get(id);
    if (newest === instance) {
      // what was there before keeps its place, so that it is closed once a newer one does start
      if (predecessor !== null && !predecessor.isGone) this.#current.set(id, predecessor);
      else this.#current.delete(id);
    } else if (newest?.predecessor === instance) newest.predecessor = predecessor;
    const users = instance.waiting;
    instance.waiting = new Set();
    for (const user of users) user.onInstanceFailure(cause);
  }

  #bury(instance: Instance): void {
    instance.isGone = true;
    instance.isReady = false;
    this.#all.delete(instance);
  }

  /**
   * A new configuration is in force: instances of plugin configs that are no more are closed when they are idle.
   *
   * @param configs all that there are now
   */
  retire(pluginName: string, configs: ReadonlySet<unknown>): void {
    for (const instance of [...this.#all]) {
      if (instance.plugin.name !== pluginName) continue;
      if (configs.has(instance.plugin.config)) continue;
      this.#outdated.add(instance.plugin);
      instance.isSuperseded = true;
      this.#closeIfIdle(instance);
    }
  }

  #closeIfIdle(instance: Instance): void {
    if (!instance.isSuperseded || instance.isGone || !instance.isReady || instance.active > 0)
      return;
    this.#bury(instance);
    if (this.#current.get(instance.plugin.id) === instance)
      this.#current.delete(instance.plugin.id);
    this.#calls.end(instance);
  }
}
