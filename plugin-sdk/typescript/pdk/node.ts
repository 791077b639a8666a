/** `kong.node`, `kong.nginx`, `kong.ip`, `kong.plugin`, `kong.cluster`, `kong.vault`, `kong.telemetry`: what surrounds the request. */
import type { PluginEvent } from "../event/plugin-event.ts";

/** What each of them is made of. */
class Namespace {
  protected readonly event: PluginEvent;

  constructor(event: PluginEvent) {
    this.event = event;
  }
}

/** `kong.node`: the gateway's node. */
export class KongNode extends Namespace {
  /** UUID of the gateway's node. */
  getId(): string {
    return this.event.host.node.nodeId;
  }

  getHostname(): string {
    return this.event.host.node.hostname;
  }

  /** Kong's table of memory. @param unit "k", "m" or "g" for texts in place of bytes @param scale digits of these */
  getMemoryStats(unit?: string, scale?: number): Promise<Record<string, unknown>> {
    const args = [unit, scale];
    return this.event.call("kong.node.get_memory_stats", args) as Promise<Record<string, unknown>>;
  }
}

/** `kong.nginx`: what Kong takes from nginx, as far as this gateway has it. All of it asks the gateway but the writes. */
export class KongNginx extends Namespace {
  /** "http" or "stream". */
  getSubsystem(): Promise<string> {
    return this.event.call("kong.nginx.get_subsystem", []) as Promise<string>;
  }

  /** Connections and requests of the worker. */
  getStatistics(): Promise<Record<string, number>> {
    return this.event.call("kong.nginx.get_statistics", []) as Promise<Record<string, number>>;
  }

  /** One of nginx's variables, as far as the gateway has it; undefined for others. */
  getVar(name: string): Promise<string | undefined> {
    return this.event.call("kong.nginx.get_var", [name]) as Promise<string | undefined>;
  }

  /** "TLSv1.3"; undefined without TLS. */
  getTls1VersionStr(): Promise<string | undefined> {
    return this.event.call("kong.nginx.get_tls1_version_str", []) as Promise<string | undefined>;
  }

  /** A value of the request's own table. */
  getCtx(key: string): Promise<unknown> {
    return this.event.call("kong.nginx.get_ctx", [key]);
  }

  /** Read by {@link getCtx} and by no part of the gateway. */
  setCtx(key: string, value: unknown): void {
    this.event.recordCall("kong.nginx.set_ctx", [key, value]);
  }

  /** When the request began: seconds of the epoch, with milliseconds. */
  reqStartTime(): Promise<number> {
    return this.event.call("kong.nginx.req_start_time", []) as Promise<number>;
  }
}

/** `kong.ip`. */
export class KongIp extends Namespace {
  /** Is the address one of `trusted_ips`? */
  isTrusted(address: string): Promise<boolean> {
    return this.event.call("kong.ip.is_trusted", [address]) as Promise<boolean>;
  }
}

/** `kong.plugin`. */
export class KongPlugin extends Namespace {
  /** Id of the plugin config that runs. */
  getId(): Promise<string | undefined> {
    return this.event.call("kong.plugin.get_id", []) as Promise<string | undefined>;
  }
}

/** `kong.cluster`. */
export class KongCluster extends Namespace {
  /** undefined where there is no cluster. */
  getId(): Promise<string | undefined> {
    return this.event.call("kong.cluster.get_id", []) as Promise<string | undefined>;
  }
}

/** `kong.vault`: secrets by reference, `{vault://env/name}`. Fields declared `referenceable` need none of it. */
export class KongVault extends Namespace {
  /** Is it of the form `{vault://...}`? */
  isReference(reference: unknown): Promise<boolean> {
    return this.event.call("kong.vault.is_reference", [reference]) as Promise<boolean>;
  }

  /** Its parts: name, resource, key, config, version; undefined for a text that is no reference. */
  parseReference(reference: string): Promise<Record<string, unknown> | undefined> {
    const args = [reference];
    return this.event.call("kong.vault.parse_reference", args) as Promise<
      Record<string, unknown> | undefined
    >;
  }

  /** The secret; undefined with the reason in `kong.lastError`. */
  get(reference: string): Promise<string | undefined> {
    return this.event.call("kong.vault.get", [reference]) as Promise<string | undefined>;
  }

  /** A copy of the options in which the fields of `$refs` hold the secrets. */
  update(options: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    return this.event.call("kong.vault.update", [options]) as Promise<Record<string, unknown>>;
  }
}

/** `kong.telemetry`. */
export class KongTelemetry extends Namespace {
  /** Send a log entry to OpenTelemetry. */
  log(
    pluginName: string,
    pluginConfig: Readonly<Record<string, unknown>>,
    messageType: string,
    message?: string,
    attributes?: Readonly<Record<string, unknown>>,
  ): Promise<true | undefined> {
    const args = [pluginName, pluginConfig, messageType, message, attributes];
    return this.event.call("kong.telemetry.log", args) as Promise<true | undefined>;
  }
}
