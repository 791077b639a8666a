/**
 * A plugin instance, and the two calls of its life: the one that starts it and the one that closes it.
 *
 * What an instance is for and when it is needed is decided in instances.ts; here is only the talk with the process.
 */
import type { Plugin } from "../entities/plugin.ts";
import { type GatewayError, PluginServerUnreachable } from "../errors.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Connection, Opener } from "./connection.ts";
import { withSequence } from "./instance-config.ts";
import type { Gate } from "./native/gate.ts";
import type { Conversation } from "./session.ts";

/** Who needs an instance; one of the two is called. */
export interface InstanceUser {
  onInstance(instance: Instance): void;
  /** @param cause null: the process went away before it was asked; begin again */
  onInstanceFailure(cause: GatewayError | null): void;
}

/** A plugin config in one life of a process; never started twice. */
export class Instance {
  readonly plugin: Plugin;
  /** Its configuration as JSON, see instance-config.ts. */
  readonly text: string;
  id = 0;
  isReady = false;
  /** Closed, lost or never started: of no more use. */
  isGone = false;
  /** A newer one has taken its place: closed when it is idle. */
  isSuperseded = false;
  /** Events that use it now. */
  active = 0;
  waiting = new Set<InstanceUser>();
  /** What the plugin said of when it is worth a call; null: always. */
  gate: Gate | null = null;
  /** Closed once this one is ready. */
  predecessor: Instance | null = null;

  constructor(plugin: Plugin, text: string) {
    this.plugin = plugin;
    this.text = text;
  }
}

/** What instances need of the process they live in. */
interface InstanceHost {
  take(): Connection | null;
  open(opener: Opener): void;
}

/**
 * What the two calls need to know of the gateway. `nextSequence` gives numbers that rise and no other worker
 * gives.
 */
export interface InstancesOptions {
  readonly serverName: string;
  readonly startTimeoutMs: number;
  readonly workspaceId: string;
  readonly log: Logger;
  nextSequence(): number;
}

/** Who is told how a start went. */
export interface InstanceKeeper {
  onStarted(instance: Instance, id: number): void;
  /** @param cause null: nothing was asked, because the process is away */
  onStartFailed(instance: Instance, cause: GatewayError | null): void;
}

/** How instances are started and closed in a process. */
export interface InstanceCalls {
  start(instance: Instance, keeper: InstanceKeeper): void;
  end(instance: Instance): void;
}

/** By calls over connections that serve one at a time. */
export class SessionInstanceCalls implements InstanceCalls {
  readonly #host: InstanceHost;
  readonly #options: InstancesOptions;

  constructor(host: InstanceHost, options: InstancesOptions) {
    this.#host = host;
    this.#options = options;
  }

  start(instance: Instance, keeper: InstanceKeeper): void {
    new InstanceStart(this.#host, keeper, instance, this.#options).begin();
  }

  end(instance: Instance): void {
    new InstanceEnd(this.#host, instance.id, this.#options.startTimeoutMs).begin();
  }
}

/** The call that starts an instance. */
class InstanceStart implements Conversation, Opener {
  readonly #host: InstanceHost;
  readonly #instances: InstanceKeeper;
  readonly #instance: Instance;
  readonly #options: InstancesOptions;
  #connection: Connection | null = null;

  constructor(
    host: InstanceHost,
    instances: InstanceKeeper,
    instance: Instance,
    options: InstancesOptions,
  ) {
    this.#host = host;
    this.#instances = instances;
    this.#instance = instance;
    this.#options = options;
  }

  begin(): void {
    const connection = this.#host.take();
    if (connection === null) this.#host.open(this);
    else this.onOpen(connection);
  }

  onOpen(connection: Connection): void {
    const instance = this.#instance;
    if (instance.isGone) return connection.release();
    this.#connection = connection;
    connection.limit(this.#options.startTimeoutMs);
    const config = withSequence(instance.text, this.#options.nextSequence());
    connection.write(connection.session.startInstance(this, instance.plugin.name, config));
  }

  onOpenFailure(): void {
    this.#instances.onStartFailed(this.#instance, null);
  }

  onPdkCall(): void {
    this.#connection?.discard();
    const { serverName } = this.#options;
    this.#instances.onStartFailed(this.#instance, new PluginServerUnreachable(serverName));
  }

  onReturn(instanceId: number): void {
    this.#connection?.release();
    if (this.#instance.isGone) return; // the process went away meanwhile: the id means nothing
    const plugin = this.#instance.plugin;
    this.#options.log.debug(
      { plugin: plugin.name, pluginId: plugin.id, instanceId },
      "instance started",
    );
    this.#instances.onStarted(this.#instance, instanceId);
  }

  onFailure(cause: GatewayError): void {
    this.#connection?.release();
    const { name, id } = this.#instance.plugin;
    this.#options.log.error(
      { plugin: name, pluginId: id, err: cause },
      "instance could not be started",
    );
    this.#instances.onStartFailed(this.#instance, cause);
  }

  onUnsent(): void {
    this.#connection?.release();
    this.#instances.onStartFailed(this.#instance, null);
  }
}

/** The call that closes one; what comes back does not matter. */
class InstanceEnd implements Conversation, Opener {
  readonly #host: InstanceHost;
  readonly #id: number;
  readonly #timeoutMs: number;
  #connection: Connection | null = null;

  constructor(host: InstanceHost, id: number, timeoutMs: number) {
    this.#host = host;
    this.#id = id;
    this.#timeoutMs = timeoutMs;
  }

  begin(): void {
    const connection = this.#host.take();
    if (connection === null) this.#host.open(this);
    else this.onOpen(connection);
  }

  onOpen(connection: Connection): void {
    this.#connection = connection;
    connection.limit(this.#timeoutMs);
    connection.write(connection.session.closeInstance(this, this.#id));
  }

  onOpenFailure(): void {
    // the process is gone, and the instance with it
  }

  onPdkCall(): void {
    this.#connection?.discard();
  }

  onReturn(): void {
    this.#connection?.release();
  }

  onFailure(): void {
    this.#connection?.release();
  }

  onUnsent(): void {
    this.#connection?.release();
  }
}
