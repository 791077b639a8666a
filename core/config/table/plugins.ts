/** Plugins, plugin servers, vaults, and what only Lua and Wasm plugins need. */
import { choice, flag, list, number, optionalText, text } from "../setting.ts";

export const PLUGINS = {
  /** Enabled vault types; bundled = env. */
  vaults: list(["bundled"]),
  /** Comma list: bundled, plugin names, or off. */
  plugins: list(["bundled"]),
  /** Ours: where in-process plugins of the user's own are: folders, or `name=place`. */
  plugin_path: list([]),
  /** Outgoing connection pool size. */
  lua_socket_pool_size: number(256, { inert: true }),
  /** Lua module path. */
  lua_package_path: text("./?.lua;./?/init.lua;", { inert: true }),
  /** Native module path. */
  lua_package_cpath: optionalText({ inert: true }),
  /** Request headers read, 1..1000. */
  lua_max_req_headers: number(100),
  /** Response headers read, 1..1000. */
  lua_max_resp_headers: number(100),
  /** Query args read, 1..1000. */
  lua_max_uri_args: number(100),
  /** Form args read, 1..1000. */
  lua_max_post_args: number(100),
  /** External plugin servers. */
  pluginserver_names: list([]),
  /** User Lua code policy. */
  untrusted_lua: choice("sandbox", ["on", "off", "sandbox"]),
  /** Allowed modules. */
  untrusted_lua_sandbox_requires: list([], { inert: true }),
  /** Allowed globals. */
  untrusted_lua_sandbox_environment: list([], { inert: true }),
  /** Runtime location. */
  openresty_path: text("", { inert: true }),
  /** Enable proxy-wasm. */
  wasm: flag(false, { inert: true }),
  /** Directory. */
  wasm_filters_path: optionalText({ inert: true }),
  /** Wasm module file. */
  wasm_dynamic_module: optionalText({ inert: true }),
  /** Bundled, user, names, off. */
  wasm_filters: list(["bundled", "user"], { inert: true }),
  /** Prefix of environment variables used by the env vault. */
  vault_env_prefix: optionalText(),
} as const;
