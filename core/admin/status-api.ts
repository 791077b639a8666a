/** The Status API: few endpoints that change nothing, on the addresses of `status_listen`, for probes and scrapers. */
import { json, message, NO_CONTENT } from "./answer.ts";
import { type Api, openable } from "./api.ts";
import type { ApiRequest } from "./api-request.ts";
import { apiServerOptions } from "./api-server.ts";
import type { EntityDeps, StatusDeps } from "./deps.ts";
import { type Endpoint, EndpointTable } from "./endpoint-table.ts";
import { pluginServerEndpoints } from "./endpoints/plugin-servers.ts";
import { statusEndpoints } from "./endpoints/status.ts";
import { targetEndpoints } from "./endpoints/targets.ts";
import { upstreamHealthEndpoints } from "./endpoints/upstream-health.ts";

/** Bodies of this API hold one word. */
const STATUS_BODY_BYTES_MAX = 64 * 1024;
const NOT_DRAINING = message(400, 'expected {"status": "draining"}');

function requestedStatus(request: ApiRequest): unknown {
  const { body } = request;
  if (body.kind === "form") return body.value.status;
  if (body.kind !== "json") return undefined;
  return (body.value as Readonly<Record<string, unknown>>).status;
}

function readyEndpoint(deps: StatusDeps): Endpoint {
  return {
    path: "/status/ready",
    methods: {
      GET: () => {
        const reason = deps.readiness();
        return reason === null ? json(200, { message: "ready" }) : message(503, reason);
      },
      POST: (request) => {
        if (requestedStatus(request) !== "draining") return NOT_DRAINING;
        deps.drain();
        return NO_CONTENT;
      },
    },
  };
}

/** Upstreams below their names, to be read only. */
function upstreamEndpoints(deps: EntityDeps): Endpoint[] {
  return [...targetEndpoints(deps), ...upstreamHealthEndpoints(deps)].flatMap(
    ({ methods, ...endpoint }) =>
      methods.GET === undefined ? [] : [{ ...endpoint, methods: { GET: methods.GET } }],
  );
}

/** Not open yet. */
export function createStatusApi(deps: StatusDeps): Api {
  const { settings } = deps;
  const endpoints = new EndpointTable();
  endpoints.addAll(statusEndpoints(deps));
  endpoints.add(readyEndpoint(deps));
  endpoints.addAll(pluginServerEndpoints(deps.pluginServers, false));
  if (deps.entities !== undefined) endpoints.addAll(upstreamEndpoints(deps.entities));
  return openable({
    ...apiServerOptions(deps, "status"),
    endpoints,
    credentials: false,
    bodyBytesMax: STATUS_BODY_BYTES_MAX,
    addresses: settings.status_listeners,
    listenSetting: "status_listen",
    accessLogSetting: settings.status_access_log,
    prefix: settings.prefix,
    certs: settings.status_ssl_cert,
    keys: settings.status_ssl_cert_key,
  });
}
