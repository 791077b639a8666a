/** `kong.ctx.plugin` of the requests that are under way on a connection, until the gateway says that they are over. */

/** Requests whose tables are kept; of more the oldest is dropped. */
const CONTEXTS_MAX = 10_000;

type Context = Record<string, unknown>;

/** One for each connection. */
export class Contexts {
  readonly #byRequest = new Map<number, Map<string, Context>>();

  /** The table of a plugin for a request; made when it is first asked for. */
  of(request: number, plugin: string): Context {
    let plugins = this.#byRequest.get(request);
    if (plugins === undefined) {
      if (this.#byRequest.size >= CONTEXTS_MAX) {
        const [oldest] = this.#byRequest.keys();
        if (oldest !== undefined) this.#byRequest.delete(oldest);
      }
      plugins = new Map();
      this.#byRequest.set(request, plugins);
    }
    let context = plugins.get(plugin);
    if (context === undefined) {
      context = {};
      plugins.set(plugin, context);
    }
    return context;
  }

  /** Does a table of the request hold anything? One that does not is let go. */
  holds(request: number): boolean {
    const plugins = this.#byRequest.get(request);
    if (plugins === undefined) return false;
    for (const context of plugins.values()) for (const _ in context) return true;
    this.#byRequest.delete(request);
    return false;
  }

  forget(request: number): void {
    this.#byRequest.delete(request);
  }

  get size(): number {
    return this.#byRequest.size;
  }
}
