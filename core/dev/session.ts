/**
 * `plugin dev`: a gateway, an upstream that echoes and the plugin's server, as one thing in the foreground.
 *
 * Each change of the plugin's files makes a generation: built beside the one that serves, started, asked what it offers,
 * and then handed to the gateway by its reload. If any of that fails, the one before goes on.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EchoUpstream, startEchoUpstream } from "./echo-upstream.ts";
import { DevGateway, type OfferedPlugin } from "./gateway.ts";
import { readGatewayLine, toldOf } from "./gateway-log.ts";

import type { Language } from "./language.ts";
import { languageOf } from "./languages.ts";
import { buildPlugin, installPlugin } from "./toolchain.ts";
import { openProject, type Project, workFolder } from "./project.ts";
import { type Offer, ServerProcess } from "./plugin-server.ts";
import type { Say } from "./steps.ts";
import { Recorder } from "./recording.ts";
import { RecordSocket } from "./record-socket.ts";
import { Observers, Tap, type TapObserver } from "./tap.ts";
import { ToolFailed } from "./tool-failed.ts";
import { watchFolder } from "./watch.ts";

/** How long requests of an old generation may take to end, in milliseconds. */
const DRAIN_LIMIT_MS = 10_000;

interface DevOptions {
  readonly entry: string;
  readonly root: string;
  readonly folder: string;
  /** URL of a Service in the place of the echo; undefined: the echo. */
  readonly upstream: string | undefined;
  readonly observer: TapObserver;
  readonly say: Say;
  onAccessLine(line: string): void;
  onReady(facts: DevFacts): void;
  /** A new generation serves. */
  onReloaded(ms: number): void;
  onFailedReload(why: string): void;
}

/** URLs of what runs, and names of the plugins: for people, and for the first line of JSON. */
export interface DevFacts {
  readonly proxy: string;
  readonly admin: string;
  readonly upstream: string;
  readonly plugins: readonly string[];
}

/** One build of the plugin, and the process that runs it. */
interface Generation {
  readonly out: string;
  readonly server: ServerProcess;
  readonly tap: Tap;
  readonly tapSocket: string;
  readonly offer: Offer;
  readonly plugins: readonly OfferedPlugin[];
}

const ACCESS_LINE = / kong_request_id: "[^"]*"$/;

/**
 * `start` once; `stop` at any time, also after a start that failed. One generation of the plugin serves, one
 * may be made.
 */
export class DevSession {
  readonly #options: DevOptions;
  readonly #language: Language;
  readonly #prefix = mkdtempSync(join(tmpdir(), "dragoman-dev-"));
  #project: Project;
  #gateway: DevGateway | null = null;
  #upstream: EchoUpstream | null = null;
  readonly #recorder = new Recorder();
  #recordSocket: RecordSocket | null = null;
  #current: Generation | null = null;
  #next: Generation | null = null;
  #count = 0;
  #isBusy = false;
  #isStale = false;
  #unwatch: () => void = () => {};
  readonly #retiring = new Set<Promise<void>>();
  /** Settles when a part is lost without which the session cannot go on. */
  readonly lost: Promise<string>;
  #lose: (how: string) => void = () => {};

  /** @throws {ToolFailed} where the folder is not a plugin's */
  constructor(options: DevOptions) {
    this.#options = options;
    this.#project = openProject(options.folder, options.root);
    this.#language = languageOf(this.#project.language);
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
  }

  /** @throws {ToolFailed} with a sentence about what did not work; call {@link stop} then, too */
  async start(): Promise<void> {
    const { entry, root, upstream, onReady } = this.#options;
    const built = await this.#make();
    this.#current = built;
    this.#upstream = upstream === undefined ? await startEchoUpstream() : null;
    const url = upstream ?? this.#upstream?.url ?? "";
    const gateway = new DevGateway({
      entry,
      root,
      prefix: this.#prefix,
      upstream: url,
      onLine: (line) => this.#onGatewayLine(line),
      onLost: (how) => this.#lose(`the gateway ended (${how})`),
    });
    this.#gateway = gateway;
    await gateway.start(built.tapSocket, built.plugins);
    const path = join(this.#prefix, "record.sock");
    this.#recordSocket = new RecordSocket(this.#project, this.#recorder, path);
    this.#unwatch = watchFolder(this.#project.folder, () => this.#onChange());
    onReady({
      proxy: `http://127.0.0.1:${gateway.proxyPort}`,
      admin: `http://127.0.0.1:${gateway.adminPort}`,
      upstream: url,
      plugins: built.offer.plugins,
    });
  }

  #onGatewayLine(line: string): void {
    if (ACCESS_LINE.test(line)) this.#options.onAccessLine(line);
    else {
      const read = readGatewayLine(line);
      const told = read === null || line.includes("managed by") ? "" : toldOf(read);
      if (told !== "") this.#options.say(`gateway: ${told}\n`);
    }
  }

  /** Build, start and ask a new generation. */
  async #make(): Promise<Generation> {
    const { say, observer } = this.#options;
    const number = ++this.#count;
    this.#project = openProject(this.#project.folder, this.#project.root);
    const project = this.#project;
    await installPlugin(project, this.#language, say);
    const out = workFolder(project, `build-${process.pid}-${number}`);
    const socket = join(this.#prefix, `server-${number}.sock`);
    let server: ServerProcess | null = null;
    let isUp = false;
    try {
      await buildPlugin(project, this.#language, out, say);
      const words = this.#language.serve(project, out);
      server = new ServerProcess(words, project.folder, socket, say, (how) => {
        // before that it is an error of its own
        if (isUp) say(`the plugin server ended (${how}); save a file to start it again\n`);
      });
      const offer = await server.hello();
      isUp = true;
      const tap = new Tap(socket, new Observers(observer, this.#recorder), true);
      const tapSocket = join(this.#prefix, `tap-${number}.sock`);
      await tap.listen(tapSocket);
      const plugins = offer.plugins.map((name) => ({
        name,
        config: name === project.name ? project.config : {},
      }));
      return { out, server, tap, tapSocket, offer, plugins };
    } catch (cause) {
      await server?.stop();
      rmSync(out, { recursive: true, force: true });
      throw cause;
    }
  }

  #onChange(): void {
    this.#isStale = true;
    if (!this.#isBusy) void this.#renew();
  }

  async #renew(): Promise<void> {
    this.#isBusy = true;
    while (this.#isStale) {
      this.#isStale = false;
      const began = performance.now();
      try {
        await this.#replace();
        this.#options.onReloaded(performance.now() - began);
      } catch (cause) {
        this.#options.onFailedReload(cause instanceof ToolFailed ? cause.message : String(cause));
      }
    }
    this.#isBusy = false;
  }

  async #replace(): Promise<void> {
    const next = await this.#make();
    this.#next = next;
    try {
      await this.#gateway?.reload(next.tapSocket, next.plugins);
    } catch (cause) {
      this.#next = null;
      await this.#retire(next, 0);
      throw cause;
    }
    const before = this.#current;
    this.#current = next;
    this.#next = null;
    if (before === null) return;
    const retired = this.#retire(before, DRAIN_LIMIT_MS).finally(() =>
      this.#retiring.delete(retired),
    );
    this.#retiring.add(retired);
  }

  async #retire({ tap, server, out }: Generation, limitMs: number): Promise<void> {
    await tap.drain(limitMs);
    tap.close();
    await server.stop();
    rmSync(out, { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    this.#unwatch();
    this.#isStale = false;
    this.#recordSocket?.close();
    await this.#gateway?.stop();
    this.#upstream?.close();
    for (const one of [this.#current, this.#next]) if (one !== null) await this.#retire(one, 0);
    await Promise.all(this.#retiring);
    rmSync(this.#prefix, { recursive: true, force: true });
  }
}
