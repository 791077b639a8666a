/**
 * What the Admin and Status APIs need from the rest of the gateway; `core/main` hands it in.
 *
 * Everything runs in the primary process: `workers` asks the workers, `applyConfig` resolves when they all serve the new
 * configuration.
 */
import type { Settings } from "../config/settings.ts";
import type { Logger } from "../telemetry/log.ts";
import type { EntityModel } from "./entity-model.ts";
import type { EntityReader } from "./entity-reader.ts";

/** Settings that the APIs look at. */
type ApiSettings = Pick<
  Settings,
  | "prefix"
  | "admin_listeners"
  | "status_listeners"
  | "admin_gui_url"
  | "admin_ssl_cert"
  | "admin_ssl_cert_key"
  | "status_ssl_cert"
  | "status_ssl_cert_key"
  | "admin_access_log"
  | "status_access_log"
  | "enabled_headers"
  | "new_dns_client"
>;

/** What one worker tells of itself. */
export interface WorkerStats {
  readonly pid: number;
  /** Bytes of the JavaScript heap in use. */
  readonly heapBytes: number;
  /** Clients' connections, counted as nginx counts them. */
  readonly connections: {
    readonly accepted: number;
    readonly active: number;
    readonly handled: number;
    readonly reading: number;
    readonly waiting: number;
    readonly writing: number;
  };
  /** Requests since the worker started. */
  readonly requests: number;
}

/** A plugin that can be configured. */
interface AvailablePlugin {
  readonly name: string;
  readonly version: string;
  readonly priority: number;
}

/** How a new configuration went. */
export type ApplyResult =
  /** In force in every worker. */
  | {
      readonly outcome: "applied";
      /** Rows by entity and id, as POST /config answers: as given, not transformed. */
      readonly entities: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    }
  /** `checkHash` was asked for, and it is the one in force. */
  | { readonly outcome: "unchanged" }
  | {
      readonly outcome: "invalid";
      /** Kong's tree of errors. */
      readonly errors: Readonly<Record<string, unknown>>;
      /** Present if `flattenErrors` was asked for and the text could be parsed: what is left in `errors` is elsewhere. */
      readonly flattened?: readonly unknown[];
    }
  /** Another one is being applied; try again after so many seconds. */
  | { readonly outcome: "busy"; readonly retryAfterSeconds: number }
  /** The workers did not take it in time. */
  | { readonly outcome: "timeout" }
  /** The gateway is stopping. */
  | { readonly outcome: "exiting" };

/** Arguments of `POST /config`. */
export interface ApplyOptions {
  readonly checkHash: boolean;
  readonly flattenErrors: boolean;
}

/** Whether traffic is served: null if it is, else the reason, in Kong's words where it has some. */
type NotReadyReason = string | null;

/** A plugin server, as `/plugin-servers` shows it. */
export type PluginServerView = { readonly name: string } & Readonly<Record<string, unknown>>;

/** What can be asked of plugin servers. */
export interface PluginServerDeps {
  list(): Promise<readonly PluginServerView[]>;
  /**
   * Give a server new code (`reload`), decide on a canary (`promote`, `rollback`), or start its processes anew (`restart`).
   *
   * @returns what there is to say; `status` as in HTTP
   */
  act(
    name: string,
    action: PluginServerAction,
    options: PluginServerActOptions,
  ): Promise<{ readonly status: number; readonly message: string }>;
}

/** Last segments of paths below `/plugin-servers/{name}`, and verbs of `dragoman plugin-server`. */
export const PLUGIN_SERVER_ACTIONS = ["reload", "restart", "promote", "rollback"] as const;
/** One of {@link PLUGIN_SERVER_ACTIONS}. */
export type PluginServerAction = (typeof PLUGIN_SERVER_ACTIONS)[number];

/** Looked at by `reload` alone. */
export interface PluginServerActOptions {
  /** Of a reload: percent of the requests that try the new code first; 0 = all at once. */
  readonly canaryPercent: number;
  /** Seconds after which a canary is decided by its failures; 0 = by a person. */
  readonly decideAfterS: number;
}

/** What both APIs need. */
export interface ApiDeps {
  readonly pluginServers: PluginServerDeps;
  readonly settings: ApiSettings;
  readonly log: Logger;
  /** Value of the Server header: "dragoman/0.1.0". */
  readonly serverToken: string;
  workers(): readonly WorkerStats[] | Promise<readonly WorkerStats[]>;
  /** 32 hexadecimal characters; zeros while there is no configuration. */
  configurationHash(): string;
  /** Metrics of all processes as Prometheus text. */
  metricsText(): string | Promise<string>;
  readiness(): NotReadyReason;
}

/** Reading entities. */
export interface EntityDeps {
  readonly nodeId: string;
  readonly model: EntityModel;
  readonly store: EntityReader;
  /** Addresses of a host name, none if it does not resolve; the operating system's resolver if absent. */
  resolve?(host: string): Promise<readonly string[]>;
}

/** What the Status API is given by `core/main`. */
export interface StatusDeps extends ApiDeps {
  /** Without a database the Status API tells of Upstreams and their Targets too. */
  readonly entities?: EntityDeps;
  /** POST /status/ready with `{"status": "draining"}`: from now on not ready. */
  drain(): void;
}

/** What the Admin API is given by `core/main`. */
export interface AdminDeps extends ApiDeps, EntityDeps {
  /** All of them: `/` shows them, secrets masked. */
  readonly settings: Settings;
  /** Version of Kong that clients such as decK are told. */
  readonly version: string;
  readonly hostname: string;
  /** Plugins that can be configured: those that `plugins` enables and that were found. */
  readonly plugins: readonly AvailablePlugin[];
  /** Parses, validates and brings a configuration into force; text is YAML or JSON. */
  applyConfig(config: string | object, options: ApplyOptions): Promise<ApplyResult>;
  /** The configuration in force as YAML, or null while there is none. */
  exportConfig(): string | null;
}
