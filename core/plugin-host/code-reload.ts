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
import { GatewayError } from "../errors.ts";
import type { Logger } from "../telemetry/log.ts";
import { Canary, type CanaryFigures } from "./canary.ts";
import { CodeWatch } from "./code-watch.ts";
import type { ServerFigures } from "./figures.ts";
import { Generation } from "./generation.ts";
import type { PluginServerChange, PluginServerNotice, PluginServerReport } from "./notices.ts";
import { differenceOf, type PluginServerInfo } from "./plugin-info.ts";
import type { ProcessStatus } from "./supervised-process.ts";

/** Between two looks whether new processes accept connections. */
const LOOK_MS = 10;
/** What workers may take beyond the limits that they have themselves. */
const GRACE_MS = 2000;

/** What a reload needs of the workers and of the configuration. */
export interface CodeUsers {
  /** Tell every worker of new code. @returns how many were told */
  change(change: PluginServerChange): number;
  /** What the workers tell of the server; also says that they have done all that they were told before. */
  figures(): Promise<readonly ServerFigures[]>;
  /** Other schemas for plugins: they count from now on. @returns what is wrong with configs in force by them, or null */
  takeSchemas(info: PluginServerInfo): string | null;
}

/** Where nobody uses the code yet. */
export const NO_USERS: CodeUsers = {
  change: () => 0,
  figures: async () => [],
  takeSchemas: () => null,
};

interface CodeReloadDeps extends CodeUsers {
  readonly log: Logger;
  notify(notice: PluginServerNotice): number;
}

/** What a server offers, kept by the supervisor. */
interface Offer {
  offered(): PluginServerInfo;
  taken(info: PluginServerInfo): void;
}

export interface ReloadOptions {
  /** 0 to 1: the requests that try the new code first; 0 = no trial. */
  readonly canaryShare: number;
  /** Milliseconds after which a trial is decided by its failures; 0 = by a person. */
  readonly decideAfterMs: number;
}

export interface ReloadResult {
  readonly outcome: "switched" | "trying" | "refused" | "busy" | "impossible" | "rolled-back";
  readonly message: string;
}

/** The new code is not good enough; says why. */
class Refused extends GatewayError {
  override readonly name = "Refused";
  constructor(message: string) {
    super("PLUGIN_SERVER_RELOAD_REFUSED", 409, message);
  }
}

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
  /** Who waits for reports of a generation. */
  #onAnswer: (report: PluginServerReport) => void = () => {};
  readonly #left = new Map<number, () => void>();
  #isStopped = false;
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
      if (!(err instanceof GatewayError)) throw err;
      await this.#giveUp();
      this.#last = { outcome: "refused", message: err.message };
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
    if (complaint !== null) throw new Refused(complaint);
  }

  /** @throws {Refused} where workers would need other handlers for it */
  #check(before: PluginServerInfo, now: PluginServerInfo): void {
    const difference = differenceOf(before, now);
    if (difference !== null)
      throw new Refused(`${difference}; that takes a restart of the gateway`);
  }

  async #becomesReady(next: Generation): Promise<void> {
    const limitMs = this.#server.startTimeoutMs;
    const until = performance.now() + limitMs;
    while (!next.isReady) {
      const { failure } = next;
      if (failure !== null) throw new Refused(failure);
      if (performance.now() > until) {
        throw new Refused(`it did not accept connections within ${limitMs} ms (start_timeout)`);
      }
      await sleep(LOOK_MS);
    }
  }

  /** Every worker starts what it needs there. @throws {Refused} where one cannot */
  async #prepare(next: Generation): Promise<void> {
    let left = 0;
    const limitMs = this.#server.readyTimeoutMs + GRACE_MS;
    await new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Refused("a worker did not answer")), limitMs);
      const end = (cause: Refused | null): void => {
        clearTimeout(limit);
        this.#onAnswer = () => {};
        if (cause === null) resolve();
        else reject(cause);
      };
      this.#onAnswer = ({ generation, what, reason }) => {
        if (generation !== next.number) return;
        if (what === "refused") end(new Refused(reason ?? "a worker cannot use it"));
        else if (what === "prepared" && --left === 0) end(null);
      };
      left = this.#tell(next, "prepare");
      if (left === 0) end(null);
    });
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
    if (workers > 0) await this.#allLeft(generation.number, workers);
    await generation.stop();
    this.#leaving.delete(generation);
  }

  #allLeft(generation: number, workers: number): Promise<void> {
    let left = workers;
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(limit);
        this.#left.delete(generation);
        resolve();
      };
      const limit = setTimeout(end, this.#server.drainTimeoutMs + GRACE_MS);
      if (this.#isStopped) return end();
      this.#left.set(generation, () => {
        if (--left <= 0) end();
      });
    });
  }

  onReport(report: PluginServerReport): void {
    if (report.what === "left") this.#left.get(report.generation ?? 0)?.();
    this.#onAnswer(report);
    for (const one of this.#all()) one.onReport(report);
  }

  #all(): Generation[] {
    return [this.#current, ...(this.#next === null ? [] : [this.#next]), ...this.#leaving];
  }

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
    this.#isStopped = true;
    this.#watch.stop();
    this.#canary?.stop();
    for (const told of [...this.#left.values()]) told();
    await Promise.all(this.#all().map((one) => one.stop()));
  }

  killNow(): void {
    for (const one of this.#all()) one.killNow();
  }
}
