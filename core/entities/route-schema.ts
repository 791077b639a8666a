/**
 * The schema of Routes, which depends on the router's flavour, and its subschemas, one for each group of protocols.
 *
 * The first protocol of a Route chooses the subschema: it says which fields may be set and which must be.
 */
import type {
  ConditionalAtLeastOneOf,
  EntityCheck,
  EntitySchema,
  FieldList,
  FieldSchema,
  SubSchema,
  Table,
} from "./schema/definition.ts";
import { isTable } from "./schema/tables.ts";
import { PROTOCOLS, typedefs } from "./schema/typedefs.ts";

/** Values of `router_flavor`. */
export type RouterFlavor = "traditional_compatible" | "traditional" | "expressions";

/** Highest priority of an expression: 46 bits are left of a number. */
const PRIORITY_MAX = 70368744177663;

const ADDRESSES: FieldSchema = {
  type: "set",
  elements: {
    type: "record",
    fields: [{ ip: { type: "string", check: "ip_or_cidr" } }, { port: typedefs.port }],
    entity_checks: [{ at_least_one_of: ["ip", "port"] }],
  },
};
const METHODS: FieldSchema = { type: "set", elements: { type: "string", match: "^%u+$" } };
const HOSTS: FieldSchema = {
  type: "array",
  elements: {
    type: "string",
    match_all: [
      { pattern: "^[^*]*%*?[^*]*$", err: "invalid wildcard: must have at most one wildcard" },
    ],
    match_any: {
      patterns: ["^%*%.", "%.%*$", "^[^*]*$"],
      err: "invalid wildcard: must be placed at leftmost or rightmost label",
    },
    check: "hosts_element",
  },
};
const PATHS: FieldSchema = {
  type: "array",
  elements: {
    type: "string",
    match_any: {
      patterns: ["^/", "^~/"],
      err: "should start with: / (fixed path) or ~/ (regex path)",
    },
    match_none: [{ pattern: "//", err: "must not have empty segments" }],
    check: "router_path",
  },
};
const HEADERS: FieldSchema = {
  type: "map",
  keys: {
    type: "string",
    match_none: [
      {
        pattern: "^[Hh][Oo][Ss][Tt]$",
        err: "cannot contain 'host' header, which must be specified in the 'hosts' attribute",
      },
    ],
    check: "header_name",
  },
  values: { type: "array", elements: { type: "string" } },
};
const STRIP_PATH: FieldSchema = { type: "boolean", required: true, default: true };

function fieldsOf(flavor: RouterFlavor): FieldList {
  const sni = flavor === "traditional" ? "sni" : "wildcard_host";
  const fields: FieldList = [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestamp },
    { updated_at: typedefs.autoTimestamp },
    { name: typedefs.utf8Name },
    {
      protocols: {
        type: "set",
        required: true,
        default: ["http", "https"],
        len_min: 1,
        mutually_exclusive_subsets: [
          ["http", "https"],
          ["tcp", "tls", "udp"],
          ["tls_passthrough"],
          ["grpc", "grpcs"],
        ],
        elements: { type: "string", one_of: PROTOCOLS },
      },
    },
    {
      https_redirect_status_code: {
        type: "integer",
        required: true,
        default: 426,
        one_of: [426, 301, 302, 307, 308],
      },
    },
    { strip_path: STRIP_PATH },
    { preserve_host: { type: "boolean", required: true, default: false } },
    { request_buffering: { type: "boolean", required: true, default: true } },
    { response_buffering: { type: "boolean", required: true, default: true } },
    { tags: typedefs.tags },
    { service: { type: "foreign", reference: "services" } },
    { snis: { type: "set", elements: { type: "string", check: sni } } },
    { sources: ADDRESSES },
    { destinations: ADDRESSES },
    { methods: METHODS },
    { hosts: HOSTS },
    { paths: PATHS },
    { headers: HEADERS },
    { regex_priority: { type: "integer", default: 0 } },
    { path_handling: { type: "string", default: "v0", one_of: ["v0", "v1"] } },
  ];
  if (flavor !== "expressions") return fields;
  return [
    ...fields,
    { expression: { type: "string" } },
    { priority: { type: "integer", required: true, default: 0, between: [0, PRIORITY_MAX] } },
  ];
}

/** The fields that an expression stands for. */
const MATCHING = ["methods", "hosts", "paths", "headers", "snis", "sources", "destinations"];
const LISTED = "'methods', 'hosts', 'paths', 'headers', 'snis', 'sources' or 'destinations'";

/** An expression replaces the fields that it stands for, and they it. */
function expressionError(route: Table): string | undefined {
  const hasFields = MATCHING.some((name) => (route[name] ?? null) !== null);
  const has = (name: string): boolean => (route[name] ?? null) !== null;
  const failed = (reason: string): string => `Router Expression failed validation: ${reason}`;
  if (has("expression")) {
    if (hasFields) return failed(`cannot set 'expression' with ${LISTED} simultaneously`);
    if (has("regex_priority") && route.regex_priority !== 0) {
      return failed("cannot set 'regex_priority' with 'expression' simultaneously");
    }
  } else if (hasFields && has("priority") && route.priority !== 0) {
    return failed(`cannot set 'priority' with ${LISTED} simultaneously`);
  }
  return undefined;
}

const SNIS_ONLY_WITH_TLS: EntityCheck = {
  conditional: {
    if_field: "protocols",
    if_match: {
      elements: { type: "string", not_one_of: ["grpcs", "https", "tls", "tls_passthrough"] },
    },
    then_field: "snis",
    then_match: { len_eq: 0 },
    then_err:
      "'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'",
  },
};

/** In the order in which /schemas shows them; `path_handling` v1 only makes Kong log a warning. */
function checksOf(flavor: RouterFlavor): readonly EntityCheck[] {
  const pathHandling: EntityCheck = { custom_entity_check: { field_sources: ["path_handling"] } };
  if (flavor === "traditional") return [SNIS_ONLY_WITH_TLS, pathHandling];
  const expression: EntityCheck = {
    custom_entity_check: {
      field_sources: [
        ...["id", "protocols", "snis", "sources", "destinations", "methods", "hosts", "paths"],
        ...["headers", "expression", "regex_priority", "priority"],
      ],
      run_with_missing_fields: true,
      ...(flavor === "expressions" ? { fn: expressionError } : {}),
    },
  };
  return [SNIS_ONLY_WITH_TLS, pathHandling, expression];
}

/**
 * Says why a pattern of a path or a header cannot be matched in linear time; null if it can. It is the router's, which no
 * room below it knows.
 */
export type PatternCheck = (pattern: string, where: "path" | "header") => string | null;

/** Patterns that are marked as such among the values of a field, without their mark. */
function* patternsOf(values: unknown, mark: string): Generator<string> {
  if (!isTable(values)) return;
  for (const value of Object.values(values)) {
    if (isTable(value)) yield* patternsOf(value, mark);
    else if (typeof value === "string" && value.startsWith(mark)) yield value.slice(mark.length);
  }
}

/** Every pattern that a Route may hold must be one that the router can have; the sentence is Kong's for those it cannot. */
function patternChecks(check: PatternCheck): readonly EntityCheck[] {
  const checkOf = (field: string, mark: string, where: "path" | "header"): EntityCheck => ({
    custom_entity_check: {
      field_sources: [field],
      fn: (route) => {
        for (const pattern of patternsOf(route[field], mark)) {
          const reason = check(pattern, where);
          if (reason !== null) return `Router Expression failed validation: ${reason}`;
        }
        return undefined;
      },
    },
  });
  return [checkOf("paths", "~", "path"), checkOf("headers", "~*", "header")];
}

/** @param check for every pattern of a Route; absent: any pattern is taken */
export function routeSchema(flavor: RouterFlavor, check?: PatternCheck): EntitySchema {
  return {
    name: "routes",
    primary_key: ["id"],
    endpoint_key: "name",
    subschema_key: "protocols",
    workspaceable: true,
    fields: fieldsOf(flavor),
    entity_checks: checksOf(flavor),
    own_checks: check === undefined ? [] : patternChecks(check),
  };
}

/** A field that must not be set with some protocols. */
function refused(name: string, field: FieldSchema, protocols: string): Record<string, FieldSchema> {
  const err = `cannot set '${name}' when 'protocols' is ${protocols}`;
  return { [name]: { ...field, eq: null, err } };
}

function atLeastOne(arg: ConditionalAtLeastOneOf): EntityCheck {
  return { conditional_at_least_one_of: arg };
}

/** "http" and "https", or "grpc" and "grpcs": with TLS the SNI counts too. */
function plainOrTls(
  plain: string,
  fields: readonly string[],
  more: readonly string[],
): EntityCheck {
  return atLeastOne({
    if_field: "protocols",
    if_match: { contains: `${plain}s` },
    then_at_least_one_of: [...fields, "snis", ...more],
    then_err: `must set one of %s when 'protocols' is '${plain}s'`,
    else_match: { contains: plain },
    else_then_at_least_one_of: [...fields, ...more],
    else_then_err: `must set one of %s when 'protocols' is '${plain}'`,
  });
}

/** Subschemas by the first protocol of a Route. */
export function routeSubschemas(flavor: RouterFlavor): Readonly<Record<string, SubSchema>> {
  const isExpressions = flavor === "expressions";
  const more = isExpressions ? ["expression"] : [];
  const addresses = (protocols: string): FieldList =>
    isExpressions
      ? []
      : ["sources", "destinations"].map((name) => refused(name, ADDRESSES, protocols));
  const http: SubSchema = {
    fields: addresses("'http' or 'https'"),
    entity_checks: [plainOrTls("http", ["methods", "hosts", "headers", "paths"], more)],
  };
  const grpcOnly = "'grpc' or 'grpcs'";
  const noStrip = `cannot set 'strip_path' when 'protocols' is ${grpcOnly}`;
  const grpc: SubSchema = {
    fields: [
      { strip_path: { ...STRIP_PATH, default: false, ne: true, err: noStrip } },
      refused("methods", METHODS, grpcOnly),
      ...addresses(grpcOnly),
    ],
    entity_checks: [plainOrTls("grpc", ["hosts", "headers", "paths"], more)],
  };
  const stream = streamSubschema(more);
  return {
    ...{ http, https: http, grpc, grpcs: grpc },
    ...{ tcp: stream, tls: stream, udp: stream, tls_passthrough: stream },
  };
}

function streamSubschema(more: readonly string[]): SubSchema {
  const protocols = "'tcp', 'tls', 'tls_passthrough' or 'udp'";
  return {
    fields: [
      refused("methods", METHODS, protocols),
      refused("hosts", HOSTS, protocols),
      refused("paths", PATHS, protocols),
      refused("headers", HEADERS, protocols),
    ],
    entity_checks: [
      atLeastOne({
        if_field: "protocols",
        if_match: { elements: { type: "string", one_of: ["tcp", "tls", "udp"] } },
        then_at_least_one_of: ["sources", "destinations", "snis", ...more],
        then_err: "must set one of %s when 'protocols' is 'tcp', 'tls' or 'udp'",
      }),
      atLeastOne({
        if_field: "protocols",
        if_match: { elements: { type: "string", one_of: ["tls_passthrough"] } },
        then_at_least_one_of: ["snis", ...more],
        then_err: "must set snis when 'protocols' is 'tls_passthrough'",
      }),
    ],
  };
}
