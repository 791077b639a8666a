/**
 * Everything that runs, of these settings and of earlier ones: a reload may be half done, and workers of the settings
 * before may still drain for a long download, when the gateway is told to stop. What is listed here ends with it.
 */
import type { PluginServers } from "./plugin-servers.ts";
import type { WorkerPool } from "./worker-pool.ts";

/**
 * Whatever is added here is ended by {@link stopWorkers} and {@link stopPluginServers}, which may be called
 * again.
 */
export class Generations {
  readonly #workers = new Set<WorkerPool>();
  readonly #pluginServers = new Set<PluginServers>();

  /** Those that have ended are forgotten as others come. */
  addWorkers(workers: WorkerPool): void {
    for (const one of this.#workers) if (one.hasEnded) this.#workers.delete(one);
    this.#workers.add(workers);
  }

  addPluginServers(pluginServers: PluginServers): void {
    for (const one of this.#pluginServers) if (one.hasEnded) this.#pluginServers.delete(one);
    this.#pluginServers.add(pluginServers);
  }

  /** Let all requests under way end. Resolves when every worker is gone. */
  async drainWorkers(): Promise<void> {
    await Promise.all(Array.from(this.#workers, (one) => one.drain()));
  }

  /** Resolves when every worker is gone; requests under way are cut. */
  async stopWorkers(): Promise<void> {
    await Promise.all(Array.from(this.#workers, (one) => one.stop()));
  }

  async stopPluginServers(): Promise<void> {
    await Promise.all(Array.from(this.#pluginServers, (one) => one.end()));
  }
}
