/**
 * Notes what a plugin reads, for a gateway that asked for it (Hello.wants_reads): tools for plugin authors show it.
 *
 * A `kong` of its own, whose namespaces have their reading functions replaced. So the ordinary one has nothing of this, and
 * an event of production pays nothing. What had to ask the gateway is a Call, and is not noted.
 */
import type { PluginEvent } from "../event/plugin-event.ts";
import { sized } from "../wire/encode.ts";
import { toWire } from "../wire/text.ts";
import type { KongClient, KongRouter } from "./client.ts";
import type { KongContext } from "./ctx.ts";
import { Kong } from "./kong.ts";
import type { KongNode } from "./node.ts";
import type { KongRequest } from "./request.ts";
import type { KongResponse } from "./response.ts";
import type { KongService } from "./service.ts";

/** Reads of one event that are noted. */
const READS_MAX = 1000;
/** Characters of one of them. */
const READ_CHARS_MAX = 200;
const READER = /^(?:get|is)(?=[A-Z]|$)/;

type Method = (...args: unknown[]) => unknown;

/** @param name as on the wire */
function noteRead(event: PluginEvent, name: string, args: readonly unknown[]): void {
  if (event.reads === null || event.reads.length >= READS_MAX) return;
  const given = args.filter((one) => one !== undefined && one !== null);
  event.reads.push([name, ...given.map(String)].join(" ").slice(0, READ_CHARS_MAX));
}

/** Call a reading function, and note it if it asked nothing of the gateway. */
export function callNoting(
  event: PluginEvent,
  name: string,
  args: unknown[],
  run: () => unknown,
): unknown {
  const { callCount, reads } = event;
  event.reads = null; // one function may be made of others
  try {
    return run();
  } finally {
    event.reads = reads;
    if (event.callCount === callCount) noteRead(event, name, args);
  }
}

const wireName = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** The namespace itself, with its reading functions noted. */
function noting<N extends object>(event: PluginEvent, path: string, namespace: N): N {
  const prototype = Object.getPrototypeOf(namespace) as object;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (!READER.test(name)) continue;
    const run = Reflect.get(prototype, name) as Method;
    const value: Method = (...args) =>
      callNoting(event, `${path}.${wireName(name)}`, args, () => run.apply(namespace, args));
    Object.defineProperty(namespace, name, { value });
  }
  return namespace;
}

/** `kong` for an event whose reads are wanted. */
export class NotingKong extends Kong {
  readonly #noted = new Map<string, object>();

  #of<N extends object>(path: string, namespace: N): N {
    const known = this.#noted.get(path);
    if (known !== undefined) return known as N;
    this.#noted.set(path, noting(Kong.eventOf(this), path, namespace));
    return namespace;
  }

  override get request(): KongRequest {
    return this.#of("kong.request", super.request);
  }

  override get response(): KongResponse {
    return this.#of("kong.response", super.response);
  }

  override get service(): KongService {
    const service = super.service;
    this.#of("kong.service.response", service.response);
    return service;
  }

  override get client(): KongClient {
    return this.#of("kong.client", super.client);
  }

  override get router(): KongRouter {
    return this.#of("kong.router", super.router);
  }

  override get node(): KongNode {
    return this.#of("kong.node", super.node);
  }

  override get ctx(): KongContext {
    const ctx = super.ctx;
    this.#of("kong.ctx.shared", ctx.shared);
    return ctx;
  }

  override get version(): string {
    noteRead(Kong.eventOf(this), "kong.version", []);
    return super.version;
  }

  override get versionNum(): number {
    noteRead(Kong.eventOf(this), "kong.version_num", []);
    return super.versionNum;
  }
}

/** What was read since the last time, as fields of a message. @param tag of the field */
export function readFields(event: PluginEvent, tag: string): string {
  let fields = "";
  for (const one of event.reads ?? []) fields += sized(tag, toWire(one));
  if (event.reads !== null) event.reads = [];
  return fields;
}
