/** The Admin API: all endpoints, on the addresses of `admin_listen`. Nothing is opened where that is `off`. */
import { type Api, openable } from "./api.ts";
import { apiServerOptions } from "./api-server.ts";
import type { AdminDeps } from "./deps.ts";
import { EndpointTable } from "./endpoint-table.ts";
import { configEndpoints } from "./endpoints/config.ts";
import { entityEndpoints } from "./endpoints/entities.ts";
import { nodeEndpoints } from "./endpoints/node.ts";
import { pluginServerEndpoints } from "./endpoints/plugin-servers.ts";
import { rootEndpoints } from "./endpoints/root.ts";
import { schemaEndpoints } from "./endpoints/schemas.ts";
import { statusEndpoints, timerEndpoints } from "./endpoints/status.ts";
import { tagEndpoints } from "./endpoints/tags.ts";

/** The endpoints of the Admin API. */
export function adminEndpoints(deps: AdminDeps): EndpointTable {
  const table = new EndpointTable();
  table.addAll(rootEndpoints(deps, table));
  table.addAll(statusEndpoints(deps));
  table.addAll(timerEndpoints(deps));
  table.addAll(configEndpoints(deps));
  table.addAll(nodeEndpoints(deps));
  table.addAll(entityEndpoints(deps));
  table.addAll(tagEndpoints(deps));
  table.addAll(pluginServerEndpoints(deps.pluginServers, true));
  table.addAll(schemaEndpoints(deps));
  return table;
}

/** Not open yet. Every endpoint is there whatever `database` says; some refuse then, as Kong's do. */
export function createAdmin(deps: AdminDeps): Api {
  const { settings } = deps;
  return openable({
    ...apiServerOptions(deps, "admin"),
    endpoints: adminEndpoints(deps),
    credentials: true,
    bodyBytesMax: settings.limits.adminBodyBytesMax,
    addresses: settings.admin_listeners,
    listenSetting: "admin_listen",
    accessLogSetting: settings.admin_access_log,
    prefix: settings.prefix,
    certs: settings.admin_ssl_cert,
    keys: settings.admin_ssl_cert_key,
  });
}
