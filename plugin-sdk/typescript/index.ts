/// <reference types="node" preserve="true" />
/**
 * The TypeScript SDK: write a plugin, serve it. The test harness is in testing.ts.
 *
 * One of the package's public entries, and so one of the few files that only hand on what others define.
 */
// biome-ignore-all lint/performance/noBarrelFile: the public entry
export {
  array,
  boolean,
  type ConfigField,
  type ConfigOf,
  integer,
  map,
  number,
  record,
  set,
  string,
} from "./config/fields.ts";
export { ConfigError, type ConfigMeta } from "./config/read-config.ts";
export type { HeaderValue } from "./event/header-writes.ts";
export type { Consumer, Credential, Entity } from "./pdk/client.ts";
export { EventCancelled, Exit, PdkError } from "./pdk/errors.ts";
export type { Kong } from "./pdk/kong.ts";
export type { LogLevel } from "./pdk/log.ts";
export {
  all,
  any,
  authenticated,
  by,
  type Condition,
  consumer,
  header,
  headerPrefix,
  method,
  not,
  path,
  pathPrefix,
  query,
  route,
  service,
  status,
} from "./plugin/condition.ts";
export type { Handlers, Plugin, PluginDefinition } from "./plugin/define-plugin.ts";
export { definePlugin } from "./plugin/plugin.ts";
export { PluginServer, type PluginServerOptions } from "./server/plugin-server.ts";
export { type ServeOptions, serve } from "./server/serve.ts";
