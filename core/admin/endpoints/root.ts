/** `/`: what this node is, which plugins it has, and how it is set; `/plugins/enabled`, `/endpoints`. */
import { configurationView } from "../../config/view.ts";
import { json } from "../answer.ts";
import type { AdminDeps } from "../deps.ts";
import type { Endpoint, EndpointTable } from "../endpoint-table.ts";

/** Kong shows its Lua here; clients only look whether there is a text. */
const LUA_VERSION = `Node.js ${process.version}`;

/** Names of the plugins that are configured anywhere. */
function pluginsInUse(deps: AdminDeps): string[] {
  const names = new Set<string>();
  for (const plugin of deps.store.all("plugins")) names.add(String(plugin.name));
  return [...names].sort();
}

async function nodeInformation(deps: AdminDeps): Promise<Record<string, unknown>> {
  const workers = await deps.workers();
  const available = deps.plugins.map(
    ({ name, version, priority }) => [name, { version, priority }] as const,
  );
  return {
    tagline: "Welcome to kong",
    version: deps.version,
    edition: "community",
    hostname: deps.hostname,
    node_id: deps.nodeId,
    timers: { running: 0, pending: 0 },
    plugins: {
      available_on_server: Object.fromEntries(available),
      enabled_in_cluster: pluginsInUse(deps),
    },
    lua_version: LUA_VERSION,
    configuration: configurationView(deps.settings),
    pids: { master: process.pid, workers: workers.map((worker) => worker.pid) },
  };
}

/** @param table for `/endpoints`: looked at when somebody asks, so endpoints may be added later */
export function rootEndpoints(deps: AdminDeps, table: EndpointTable): Endpoint[] {
  return [
    { path: "/", methods: { GET: async () => json(200, await nodeInformation(deps)) } },
    {
      path: "/plugins/enabled",
      methods: {
        GET: () => json(200, { enabled_plugins: deps.plugins.map((plugin) => plugin.name) }),
      },
    },
    { path: "/endpoints", methods: { GET: () => json(200, { data: table.paths() }) } },
  ];
}
