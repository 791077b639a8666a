/**
 * `/plugin-servers`: the processes of plugins, how they are, what their events cost; and what a person can do to them. Kong
 * has nothing like it, so it is not listed by `/endpoints`, which clients of Kong compare.
 */
import { type Answer, json, message, NOT_FOUND } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import {
  PLUGIN_SERVER_ACTIONS,
  type PluginServerAction,
  type PluginServerActOptions,
  type PluginServerDeps,
} from "../deps.ts";
import type { Endpoint, Handler } from "../endpoint-table.ts";

const PERCENT_MAX = 100;
/** Longest time until a canary is decided, in seconds: a day. */
const DECIDE_S_MAX = 86_400;

/** @param canAct false: to be read only */
export function pluginServerEndpoints(deps: PluginServerDeps, canAct: boolean): Endpoint[] {
  const list: Handler = async () => json(200, { data: await deps.list(), next: null });
  const one: Handler = async ({ params }) => {
    const found = (await deps.list()).find(({ name }) => name === params.name);
    return found === undefined ? NOT_FOUND : json(200, found);
  };
  const endpoints: Endpoint[] = [
    { path: "/plugin-servers", methods: { GET: list }, hidden: true },
    { path: "/plugin-servers/{name}", methods: { GET: one }, hidden: true },
  ];
  if (!canAct) return endpoints;
  return [...endpoints, ...PLUGIN_SERVER_ACTIONS.map((action) => actionEndpoint(deps, action))];
}

function actionEndpoint(deps: PluginServerDeps, action: PluginServerAction): Endpoint {
  const run: Handler = async (request) => {
    const options = optionsOf(request);
    if ("status" in options) return options;
    const result = await deps.act(request.params.name ?? "", action, options);
    return message(result.status, result.message);
  };
  return { path: `/plugin-servers/{name}/${action}`, methods: { POST: run }, hidden: true };
}

/** Of the query or the body: `canary` in percent, `decide_after` in seconds. */
function optionsOf({ query, body }: ApiRequest): PluginServerActOptions | Answer {
  const sent = body.kind === "json" || body.kind === "form" ? body.value : {};
  const given = { ...(sent as Record<string, unknown>), ...query };
  const canaryPercent = numberOf(given.canary, PERCENT_MAX);
  const decideAfterS = numberOf(given.decide_after, DECIDE_S_MAX);
  if (canaryPercent === null) return message(400, "canary: expected a percentage from 0 to 100");
  if (decideAfterS === null) return message(400, "decide_after: expected a number of seconds");
  return { canaryPercent, decideAfterS };
}

function numberOf(given: unknown, most: number): number | null {
  if (given === undefined || given === null) return 0;
  const text = String(given).replace(/[%s]$/, "");
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return value >= 0 && value <= most ? value : null;
}
