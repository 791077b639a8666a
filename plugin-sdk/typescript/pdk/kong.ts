/**
 * `kong` as a plugin sees it: a namespace for each of Kong's, made when it is first used.
 *
 * Names are the wire names in camel case. What gives a promise may ask the gateway; everything else is answered here. Where
 * Kong gives nil there is `undefined`; where it gives nil and a reason, the reason stands in `lastError`.
 */
import type { PluginEvent } from "../event/plugin-event.ts";
import { KongClient, KongRouter } from "./client.ts";
import { KongContext } from "./ctx.ts";
import { type KongLog, makeLog } from "./log.ts";
import {
  KongCluster,
  KongIp,
  KongNginx,
  KongNode,
  KongPlugin,
  KongTelemetry,
  KongVault,
} from "./node.ts";
import { KongRequest } from "./request.ts";
import { KongResponse } from "./response.ts";
import { KongService } from "./service.ts";

/** The PDK of one event of one plugin, good until its handler has ended: later writes are dropped, later questions reject. */
export class Kong {
  readonly #event: PluginEvent;

  /** The event behind a `kong`, for other forms of it. */
  static eventOf(kong: Kong): PluginEvent {
    return kong.#event;
  }

  #request: KongRequest | null = null;
  #response: KongResponse | null = null;
  #service: KongService | null = null;
  #client: KongClient | null = null;
  #ctx: KongContext | null = null;
  #log: KongLog | null = null;

  constructor(event: PluginEvent) {
    this.#event = event;
  }

  get request(): KongRequest {
    this.#request ??= new KongRequest(this.#event);
    return this.#request;
  }

  get response(): KongResponse {
    this.#response ??= new KongResponse(this.#event);
    return this.#response;
  }

  get service(): KongService {
    this.#service ??= new KongService(this.#event);
    return this.#service;
  }

  get client(): KongClient {
    this.#client ??= new KongClient(this.#event);
    return this.#client;
  }

  get ctx(): KongContext {
    this.#ctx ??= new KongContext(this.#event);
    return this.#ctx;
  }

  get log(): KongLog {
    this.#log ??= makeLog(this.#event);
    return this.#log;
  }

  get router(): KongRouter {
    return new KongRouter(this.#event);
  }

  get node(): KongNode {
    return new KongNode(this.#event);
  }

  get nginx(): KongNginx {
    return new KongNginx(this.#event);
  }

  get ip(): KongIp {
    return new KongIp(this.#event);
  }

  get plugin(): KongPlugin {
    return new KongPlugin(this.#event);
  }

  get cluster(): KongCluster {
    return new KongCluster(this.#event);
  }

  get vault(): KongVault {
    return new KongVault(this.#event);
  }

  get telemetry(): KongTelemetry {
    return new KongTelemetry(this.#event);
  }

  /** Version of Kong that the gateway stands for: "3.9.1". */
  get version(): string {
    return this.#event.host.node.kongVersion;
  }

  /** 3009001 for "3.9.1". */
  get versionNum(): number {
    return this.#event.host.node.kongVersionNum;
  }

  /** Why the last function that gave undefined did so: Kong's second result. */
  get lastError(): string | undefined {
    return this.#event.lastError;
  }

  /** Aborted when the gateway gives up (deadline, client gone): hand it to what the plugin waits for. */
  get signal(): AbortSignal {
    return this.#event.signal;
  }

  /** Milliseconds that the gateway waits for this event, from its begin; 0: no limit. */
  get deadlineMs(): number {
    return this.#event.snapshot.deadlineMs;
  }

  /**
   * Let the gateway use what this handler did, an exit included, again for requests with the same cache key (`cacheKey` of
   * the plugin), for so many milliseconds. In rewrite and access.
   */
  cache(ms: number): void {
    this.#event.cacheMs = Math.max(0, Math.floor(ms));
  }

  /** Any function of the PDK by its wire name, "kong.request.get_path": always asks the gateway. */
  call(name: string, ...args: unknown[]): Promise<unknown> {
    return this.#event.call(name, args);
  }
}
