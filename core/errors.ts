/**
 * Every error class of the gateway and its public code.
 *
 * Code branches on `code`, never on message text. Whoever catches an error that nobody handled answers the
 * client with `status` and `publicMessage`; `message` is for the log and may hold names of sockets and files.
 */

/** Base of all errors that the gateway makes itself. */
export class GatewayError extends Error {
  override readonly name: string = "GatewayError";
  /** Stable, upper case with underscores; listed in the README. */
  readonly code: string;
  /** HTTP status if nobody catches it. */
  readonly status: number;

  constructor(code: string, status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = status;
  }

  /** What the client is told; "" for the standard sentence of {@link status}. */
  get publicMessage(): string {
    return "";
  }
}

/** A setting has a value that it must not have. The message names the setting, the value and what is allowed. */
export class InvalidSetting extends GatewayError {
  override readonly name = "InvalidSetting";
  constructor(message: string, options?: ErrorOptions) {
    super("INVALID_SETTING", 500, message, options);
  }
}

/** A PDK function was called in a phase where it is not allowed, or with a bad argument. */
export class PdkError extends GatewayError {
  override readonly name = "PdkError";
  constructor(message: string) {
    super("PDK_ERROR", 500, message);
  }
}

/** No live connection to the plugin server that runs this plugin. */
export class PluginServerUnreachable extends GatewayError {
  override readonly name = "PluginServerUnreachable";
  constructor(pluginServer: string, options?: ErrorOptions) {
    super("PLUGIN_SERVER_UNREACHABLE", 503, `plugin server ${pluginServer} is gone`, options);
  }
}

/** As many events as a plugin server may have are under way, and as many wait. */
export class PluginServerBusy extends GatewayError {
  override readonly name = "PluginServerBusy";
  constructor(pluginServer: string) {
    super("PLUGIN_SERVER_BUSY", 503, `plugin server ${pluginServer} has too many events waiting`);
  }
}

/** The breaker of a plugin server or plugin is open: too many of its events failed. */
export class PluginBreakerOpen extends GatewayError {
  override readonly name = "PluginBreakerOpen";
  constructor(what: string) {
    super("PLUGIN_BREAKER_OPEN", 503, `the breaker of ${what} is open`);
  }
}

/** A plugin server forgot an instance that we hold (it was restarted or collected it). */
export class PluginInstanceGone extends GatewayError {
  override readonly name = "PluginInstanceGone";
  constructor(pluginServer: string, options?: ErrorOptions) {
    super("PLUGIN_INSTANCE_GONE", 500, `plugin server ${pluginServer} lost the instance`, options);
  }
}

/** A plugin server did not answer in time. */
export class PluginServerTimeout extends GatewayError {
  override readonly name = "PluginServerTimeout";
  constructor(pluginServer: string, what: string, limitMs: number) {
    super(
      "PLUGIN_SERVER_TIMEOUT",
      500,
      `plugin server ${pluginServer}: ${what} took longer than ${limitMs} ms`,
    );
  }
}

/** What a plugin server sent breaks its protocol or one of our limits. */
export class PluginProtocolError extends GatewayError {
  override readonly name = "PluginProtocolError";
  constructor(pluginServer: string, what: string, options?: ErrorOptions) {
    super("PLUGIN_PROTOCOL_ERROR", 500, `plugin server ${pluginServer}: ${what}`, options);
  }
}

/** A plugin (in any process) failed: it threw, or its server answered with an error. */
export class PluginFailed extends GatewayError {
  override readonly name = "PluginFailed";
  constructor(plugin: string, what: string, options?: ErrorOptions) {
    super("PLUGIN_FAILED", 500, `plugin ${plugin}: ${what}`, options);
  }
}

/** A name that requests go to does not exist, or has no address. */
export class NameResolutionFailed extends GatewayError {
  override readonly name = "NameResolutionFailed";
  constructor(host: string, what: string, options?: ErrorOptions) {
    super("NAME_RESOLUTION_FAILED", 503, `${host}: ${what}`, options);
  }

  override get publicMessage(): string {
    return "name resolution failed";
  }
}

/** Name servers are silent or broken, so that nobody knows whether a name exists. */
export class DnsFailed extends GatewayError {
  override readonly name = "DnsFailed";
  readonly #what: string;
  constructor(host: string, what: string, options?: ErrorOptions) {
    super("DNS_FAILED", 500, `${host}: ${what}`, options);
    this.#what = what;
  }

  override get publicMessage(): string {
    return this.#what;
  }
}

/** An Upstream has no Target that could be asked. */
export class NoPeer extends GatewayError {
  override readonly name = "NoPeer";
  constructor(upstream: string, options?: ErrorOptions) {
    super("NO_PEER", 503, `upstream ${upstream} has no peer`, options);
  }

  override get publicMessage(): string {
    return "failure to get a peer from the ring-balancer";
  }
}
