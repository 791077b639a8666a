/** `/config`: read and replace the declarative configuration. Only without a database. */
import { type Answer, empty, json, message } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { AdminDeps, ApplyResult } from "../deps.ts";
import type { Endpoint } from "../endpoint-table.ts";
import { luaText } from "../lua-text.ts";

const EXPECTED = message(400, "expected a declarative configuration");
/** Texts that switch `flatten_errors` on, in small letters. */
const TRUE_TEXTS = new Set(["true", "1", "on", "yes"]);
/** Arguments about how to load, which are no part of what is loaded. */
const OPTIONS = ["check_hash", "flatten_errors"] as const;

type Table = Readonly<Record<string, unknown>>;

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTrue(value: unknown): boolean {
  return value === true || TRUE_TEXTS.has(String(value).toLowerCase());
}

/** What is to be loaded and how, from a body of any type; null where there is nothing. */
function readRequest(request: ApiRequest): { config: string | object; options: Table } | null {
  const { body, query } = request;
  if (body.kind === "yaml") return { config: body.text, options: query };
  if (body.kind === "none") return null;
  const fields = isTable(body.value) ? body.value : {};
  const merged: Record<string, unknown> = { ...query, ...fields };
  if (typeof merged.config === "string") return { config: merged.config, options: merged };
  const table = { ...merged };
  for (const option of OPTIONS) delete table[option];
  return Object.keys(table).length === 0 ? null : { config: table, options: merged };
}

function invalid(result: Extract<ApplyResult, { outcome: "invalid" }>): Answer {
  const { errors, flattened } = result;
  // A text that cannot be parsed has no entities that errors could be told of.
  const unreadable = flattened?.length === 0 && typeof errors.error === "string";
  return json(400, {
    code: 14,
    name: "invalid declarative configuration",
    message: `declarative config is invalid: ${luaText(errors)}`,
    fields: errors,
    // An empty Lua table has no way to say that it is a list.
    ...(flattened === undefined || unreadable
      ? {}
      : { flattened_errors: flattened.length === 0 ? {} : flattened }),
  });
}

function answerOf(result: ApplyResult): Answer {
  switch (result.outcome) {
    case "applied":
      return json(201, result.entities);
    case "unchanged":
      return empty(304);
    case "invalid":
      return invalid(result);
    case "busy":
      return {
        ...message(429, "Currently loading previous configuration"),
        headers: {
          "Content-Type": "application/json; charset=utf-8",
          "Retry-After": String(result.retryAfterSeconds),
        },
      };
    case "timeout":
      return message(504, "Timed out while loading configuration");
    case "exiting":
      return message(503, "Kong worker is exiting");
  }
}

async function post(deps: AdminDeps, request: ApiRequest): Promise<Answer> {
  const read = readRequest(request);
  if (read === null || read.config === "") return EXPECTED;
  const result = await deps.applyConfig(read.config, {
    checkHash: String(read.options.check_hash) === "1", // no other text will do for Kong
    flattenErrors: read.options.flatten_errors !== undefined && isTrue(read.options.flatten_errors),
  });
  return answerOf(result);
}

/** With a database they refuse. */
export function configEndpoints(deps: AdminDeps): Endpoint[] {
  const refused =
    deps.settings.database === "off"
      ? null
      : message(
          400,
          "this endpoint is only available when Kong is configured to not use a database",
        );
  return [
    {
      path: "/config",
      yaml: true,
      methods: {
        GET: () => refused ?? json(200, { config: deps.exportConfig() ?? "" }),
        POST: (request) => refused ?? post(deps, request),
      },
    },
  ];
}
