/** Service: an upstream application, as the Admin API shows it. */
import type { Entity, ForeignKey } from "./entity.ts";
import { readUrl } from "./schema/checks/url.ts";
import type { EntitySchema, Table } from "./schema/definition.ts";
import { PROTOCOLS, typedefs } from "./schema/typedefs.ts";

/** A row of `services`, as stored: `url` has been taken apart; times in milliseconds. */
export interface Service extends Entity {
  readonly name?: string | null;
  readonly protocol:
    | "http"
    | "https"
    | "grpc"
    | "grpcs"
    | "tcp"
    | "tls"
    | "udp"
    | "tls_passthrough";
  readonly host: string;
  readonly port: number;
  readonly path?: string | null;
  readonly retries: number;
  /** Milliseconds. */
  readonly connect_timeout: number;
  readonly write_timeout: number;
  readonly read_timeout: number;
  readonly enabled: boolean;
  readonly client_certificate?: ForeignKey | null;
  readonly tls_verify?: boolean | null;
  readonly tls_verify_depth?: number | null;
  readonly ca_certificates?: readonly string[] | null;
}

const PORT_BY_PROTOCOL: Readonly<Record<string, number>> = { http: 80, https: 443 };
const PROTOCOL_BY_PORT: Readonly<Record<string, string>> = { 80: "http", 443: "https" };

/** The fields that the shorthand `url` stands for; a text without authority is all path. */
function fieldsOfUrl(url: string): Table {
  const { scheme, host, port, path } = readUrl(url);
  const protocol = scheme ?? (port === undefined ? "http" : (PROTOCOL_BY_PORT[port] ?? "http"));
  return {
    protocol,
    host: host ?? null,
    port: port ?? PORT_BY_PROTOCOL[protocol] ?? 80,
    path: path ?? null,
  };
}

/** `url` is taken on input and shown by nobody. */
export const SERVICE_SCHEMA: EntitySchema = {
  name: "services",
  primary_key: ["id"],
  endpoint_key: "name",
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestamp },
    { updated_at: typedefs.autoTimestamp },
    { name: typedefs.utf8Name },
    { retries: { type: "integer", default: 5, between: [0, 32767] } },
    { protocol: { type: "string", required: true, default: "http", one_of: PROTOCOLS } },
    { host: { type: "string", required: true, check: "host" } },
    { port: { type: "integer", required: true, default: 80, between: [0, 65535] } },
    { path: typedefs.path },
    { connect_timeout: { type: "integer", default: 60000, between: [1, 2147483646] } },
    { write_timeout: { type: "integer", default: 60000, between: [1, 2147483646] } },
    { read_timeout: { type: "integer", default: 60000, between: [1, 2147483646] } },
    { tags: typedefs.tags },
    { client_certificate: { type: "foreign", reference: "certificates" } },
    { tls_verify: { type: "boolean" } },
    { tls_verify_depth: { type: "integer", default: null, between: [0, 64] } },
    { ca_certificates: { type: "array", elements: { type: "string", uuid: true } } },
    { enabled: { type: "boolean", required: true, default: true } },
  ],
  shorthand_fields: [{ url: { type: "string", func: fieldsOfUrl } }],
  entity_checks: [
    {
      conditional: {
        if_field: "protocol",
        if_match: { one_of: ["tcp", "tls", "udp", "grpc", "grpcs"] },
        then_field: "path",
        then_match: { eq: null },
      },
    },
    {
      conditional: {
        if_field: "protocol",
        if_match: { not_one_of: ["https", "tls"] },
        then_field: "client_certificate",
        then_match: { eq: null },
      },
    },
    {
      conditional: {
        if_field: "protocol",
        if_match: { not_one_of: ["https", "tls"] },
        then_field: "tls_verify",
        then_match: { eq: null },
      },
    },
    {
      conditional: {
        if_field: "protocol",
        if_match: { not_one_of: ["https", "tls"] },
        then_field: "tls_verify_depth",
        then_match: { eq: null },
      },
    },
    {
      conditional: {
        if_field: "protocol",
        if_match: { not_one_of: ["https", "tls"] },
        then_field: "ca_certificates",
        then_match: { eq: null },
      },
    },
  ],
};
