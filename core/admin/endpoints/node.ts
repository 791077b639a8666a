/** Endpoints about the node that hold no entities: log level, cache, cluster; and those of parts that are not here. */
import { message, NO_CONTENT, NOT_FOUND } from "../answer.ts";
import type { AdminDeps } from "../deps.ts";
import type { Endpoint } from "../endpoint-table.ts";

const READ_ONLY_LEVEL = message(405, "cannot change log level when not using a database");
const ONLY_CONTROL_PLANE = message(
  400,
  "this endpoint is only available when Kong is configured to run as Control Plane for the cluster",
);
const WASM = message(400, "this endpoint is only available when wasm is enabled");

function logLevelEndpoints(deps: AdminDeps): Endpoint[] {
  return [
    {
      path: "/debug/node/log-level",
      methods: { GET: () => message(200, `log level: ${deps.settings.log_level}`) },
    },
    { path: "/debug/node/log-level/{log_level}", methods: { PUT: () => READ_ONLY_LEVEL } },
    { path: "/debug/cluster/log-level/{log_level}", methods: { PUT: () => READ_ONLY_LEVEL } },
  ];
}

/** A snapshot holds everything that Kong would cache, so there is never a key to be seen or dropped. */
function cacheEndpoints(): Endpoint[] {
  return [
    { path: "/cache", methods: { DELETE: () => NO_CONTENT } },
    { path: "/cache/{key}", methods: { GET: () => NOT_FOUND, DELETE: () => NO_CONTENT } },
  ];
}

function clusterEndpoints(): Endpoint[] {
  return [
    { path: "/clustering/data-planes", methods: { GET: () => ONLY_CONTROL_PLANE } },
    { path: "/clustering/status", methods: { GET: () => ONLY_CONTROL_PLANE } },
  ];
}

/** Where Wasm is off, which is always here, filter chains answer every method with the same refusal. */
function wasmEndpoints(): Endpoint[] {
  const chains = (
    path: string,
    ...methods: readonly ("GET" | "POST" | "PUT" | "PATCH" | "DELETE")[]
  ): Endpoint => ({
    path,
    before: () => WASM,
    methods: Object.fromEntries(methods.map((method) => [method, () => WASM])),
  });
  const entity = ["GET", "PUT", "PATCH", "DELETE"] as const;
  const nested = ["/routes/{routes}", "/services/{services}"].flatMap((parent) => [
    chains(`${parent}/filter-chains`, "GET", "POST"),
    chains(`${parent}/filter-chains/{filter_chains}`, ...entity),
  ]);
  const filters = ["all", "disabled", "enabled"].map(
    (which): Endpoint => ({
      path: `/routes/{routes}/filters/${which}`,
      methods: { GET: () => WASM },
    }),
  );
  return [
    chains("/filter-chains", "GET", "POST"),
    chains("/filter-chains/{filter_chains}", ...entity),
    chains("/filter-chains/{filter_chains}/route", ...entity),
    chains("/filter-chains/{filter_chains}/service", ...entity),
    ...nested,
    ...filters,
    {
      path: "/schemas/filters/{name}",
      methods: { GET: (request) => message(404, `Filter '${request.params.name}' not found`) },
    },
  ];
}

/** Those of parts that are not here answer as Kong's do where the part is switched off. */
export function nodeEndpoints(deps: AdminDeps): Endpoint[] {
  return [
    ...logLevelEndpoints(deps),
    ...cacheEndpoints(),
    ...clusterEndpoints(),
    ...wasmEndpoints(),
  ];
}
