/**
 * New code for a plugin server without a lost request: new processes beside the old ones, checked, tried, switched to; the
 * old ones drained and ended. Where anything fails the old ones have never stopped, and go on.
 *
 * The steps: ask the new code what it offers; start it at addresses of its own; every worker connects and starts an
 * instance of every plugin config in force; optionally a share of the requests goes there first and failures are compared;
 * all requests go there; what is under way in the old processes ends there.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { PluginServerSettings } from "../config/plugin-servers.ts";
import { Canary, type CanaryFigures } from "./canary.ts";
import type { CodeReloadDeps, Offer, ReloadOptions, ReloadResult } from "./code-users.ts";
import { CodeWatch } from "./code-watch.ts";
import { Generation } from "./generation.ts";
import type { PluginServerChange, PluginServerReport } from "./notices.ts";
import { differenceOf, type PluginServerInfo } from "./plugin-info.ts";
import type { ProcessStatus } from "./supervised-process.ts";
import { CodeRefused, WorkerAnswers } from "./worker-answers.ts";

/** Between two looks whether new processes accept connections. */
const LOOK_MS = 10;
/** What workers may take beyond the limits that they have themselves. */
const GRACE_MS = 2000;

/**
 * The code of one plugin server, in the primary, from its first generation on; at most one reload at a time.
 */
export class CodeReload {
  readonly #server: PluginServerSettings;
  readonly #deps: CodeReloadDeps;
  readonly #query: (at: string | null) => Promise<PluginServerInfo>;
  readonly #offer: Offer;
  #current: Generation;
  #next: Generation | null = null;
  readonly #leaving = new Set<Generation>();
  #lastNumber = 0;
  #isBusy = false;
  #canary: Canary | null = null;
  #nextInfo: PluginServerInfo | null = null;
  #last: ReloadResult | null = null;
  #reloads = 0;
  readonly #answers = new WorkerAnswers();
  readonly #watch: CodeWatch;

  constructor(
    server: PluginServerSettings,
    first: Generation,
    deps: CodeReloadDeps,
    query: (at: string | null) => Promise<PluginServerInfo>,
    offer: Offer,
  ) {
    this.#server = server;
    this.#current = first;
    this.#deps = deps;
    this.#query = query;
    this.#offer = offer;
    this.#watch = new CodeWatch(server.watch, deps.log, async () => {
      return (await this.reload({ canaryShare: 0, decideAfterMs: 0 })).outcome !== "busy";
    });
  }

  /** Where workers find it. */
  get place(): { readonly sockets: readonly string[]; readonly generation: number } {
    return { sockets: this.#current.addresses, generation: this.#current.number };
  }

  /** @returns when all workers use the new code, or try it, or why they do not */
  async reload(options: ReloadOptions): Promise<ReloadResult> {
    if (this.#server.start_cmd === null) {
      return {
        outcome: "impossible",
        message: "it has no start command: somebody else manages it",
      };
    }
    if (this.#isBusy || this.#next !== null) {
      return { outcome: "busy", message: "a reload is under way, or a canary is not decided" };
    }
    this.#isBusy = true;
    const started = performance.now();
    try {
      await this.#bringUp();
      this.#last = options.canaryShare > 0 ? this.#try(options) : this.#switch();
    } catch (err) {
      // whatever it was (the system may refuse something, too), the code before goes on and another reload may come
      await this.#giveUp();
      this.#last = {
        outcome: "refused",
        message: err instanceof Error ? err.message : String(err),
      };
    } finally {
      this.#isBusy = false;
    }
    const { outcome, message } = this.#last;
    const fields = {
      outcome,
      generation: this.#lastNumber,
      ms: Math.round(performance.now() - started),
    };
    if (outcome === "refused")
      this.#deps.log.error({ ...fields, why: message }, "new code is refused");
    else this.#deps.log.notice(fields, "plugin server has new code");
    return this.#last;
  }

  async #bringUp(): Promise<void> {
    const before = this.#offer.offered();
    const hasQuery = this.#server.query_cmd !== "";
    let info = hasQuery ? await this.#query(null) : before;
    if (hasQuery) this.#check(before, info);
    const next = new Generation(
      this.#server,
      ++this.#lastNumber,
      this.#deps.log,
      this.#deps.notify,
    );
    this.#next = next;
    const patience = performance.now() + this.#server.readyTimeoutMs;
    while (this.#current.isStarting && performance.now() < patience) await sleep(LOOK_MS);
    if (this.#current.moveAside()) {
      this.#tell(this.#current, "address");
      await this.#deps.figures(); // they all have it
    }
    next.start();
    await this.#becomesReady(next);
    if (!hasQuery) {
      info = await this.#query(next.addresses[0] ?? null);
      this.#check(before, info);
    }
    await this.#prepare(next);
    this.#nextInfo = info;
    if (JSON.stringify(before.plugins) === JSON.stringify(info.plugins)) return;
    const complaint = this.#deps.takeSchemas(info);
    if (complaint !== null) throw new CodeRefused(complaint);
  }

  /** @throws {CodeRefused} where workers would need other handlers for it */
  #check(before: PluginServerInfo, now: PluginServerInfo): void {
    const difference = differenceOf(before, now);
    if (difference !== null)
      throw new CodeRefused(`${difference}; that takes a restart of the gateway`);
  }

  async #becomesReady(next: Generation): Promise<void> {
    const limitMs = this.#server.startTimeoutMs;
    const until = performance.now() + limitMs;
    while (!next.isReady) {
      const { failure } = next;
      if (failure !== null) throw new CodeRefused(failure);
      if (performance.now() > until) {
        throw new CodeRefused(`it did not accept connections within ${limitMs} ms (start_timeout)`);
      }
      await sleep(LOOK_MS);
    }
  }

  /** Every worker starts what it needs there. @throws {CodeRefused} where one cannot */
  #prepare(next: Generation): Promise<void> {
    const limitMs = this.#server.readyTimeoutMs + GRACE_MS;
    return this.#answers.prepared(next.number, () => this.#tell(next, "prepare"), limitMs);
  }

  #tell(generation: Generation, what: PluginServerChange["what"], share = 0): number {
    return this.#deps.change({
      type: "plugin-server-change",
      server: this.#server.name,
      generation: generation.number,
      sockets: generation.addresses,
      what,
      share,
    });
  }

  #try({ canaryShare, decideAfterMs }: ReloadOptions): ReloadResult {
    const next = this.#next!;
    this.#tell(next, "canary", canaryShare);
    this.#canary = new Canary(next.number, this.#deps.figures, decideAfterMs, (isGood, why) => {
      this.#deps.log.notice({ isGood, why, generation: next.number }, "canary is decided");
      this.decide(isGood);
    });
    return {
      outcome: "trying",
      message: `${canaryShare * 100} % of the requests go to the new code`,
    };
  }

  /** Take what is being tried, or do not. */
  decide(isGood: boolean): ReloadResult {
    if (this.#canary === null || this.#next === null) {
      return { outcome: "impossible", message: "no new code is being tried" };
    }
    this.#canary.stop();
    this.#canary = null;
    if (isGood) this.#last = this.#switch();
    else {
      void this.#giveUp();
      this.#last = { outcome: "rolled-back", message: "all requests go to the code before" };
    }
    return this.#last;
  }

  #switch(): ReloadResult {
    const next = this.#next!;
    const before = this.#current;
    this.#current = next;
    this.#next = null;
    this.#reloads++;
    if (this.#nextInfo !== null) this.#offer.taken(this.#nextInfo);
    const told = this.#tell(next, "switch");
    void this.#end(before, told);
    return { outcome: "switched", message: "all requests go to the new code" };
  }

  /** The new processes go, whatever has become of them; those before go on as they were. */
  async #giveUp(): Promise<void> {
    const next = this.#next;
    if (next === null) return;
    const told = this.#tell(next, "discard");
    this.#deps.takeSchemas(this.#offer.offered());
    await this.#end(next, told);
    this.#current.moveBack();
    this.#next = null;
  }

  /** Stop processes when no worker has anything under way there. */
  async #end(generation: Generation, workers: number): Promise<void> {
    this.#leaving.add(generation);
    const limitMs = this.#server.drainTimeoutMs + GRACE_MS;
    if (workers > 0) await this.#answers.allLeft(generation.number, workers, limitMs);
    await generation.stop();
    this.#leaving.delete(generation);
  }

  /** A worker's report, of whatever generation; one that nobody waits for is passed over. */
  onReport(report: PluginServerReport): void {
    this.#answers.onReport(report);
    for (const one of this.#all()) one.onReport(report);
  }

  #all(): Generation[] {
    return [this.#current, ...(this.#next === null ? [] : [this.#next]), ...this.#leaving];
  }

  /** Replace the processes that requests go to, with the same code. @returns false where none is ours */
  restart(): boolean {
    return this.#current.restart();
  }

  /** Of the processes that requests go to. */
  states(): ProcessStatus[] {
    return this.#current.processes.map(({ status }) => status);
  }

  get isReady(): boolean {
    return this.#current.isReady;
  }

  /** For the Admin API. */
  describe(): {
    readonly generation: number;
    readonly reloads: number;
    readonly last: ReloadResult | null;
    readonly canary: CanaryFigures | null;
  } {
    const canary = this.#canary?.figures ?? null;
    return { generation: this.#current.number, reloads: this.#reloads, last: this.#last, canary };
  }

  async stop(): Promise<void> {
    this.#watch.stop();
    this.#canary?.stop();
    this.#answers.stop();
    await Promise.all(this.#all().map((one) => one.stop()));
  }

  killNow(): void {
    for (const one of this.#all()) one.killNow();
  }
}
