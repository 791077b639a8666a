/** Route: which requests go to a Service, as the Admin API shows it. The schema is in route-schema.ts. */
import type { Entity, ForeignKey } from "./entity.ts";

/**
 * One of `sources` or `destinations`; `ip` may be a CIDR block. One of the two is there, and both have to fit.
 */
export interface AddressMatch {
  readonly ip?: string | null;
  readonly port?: number | null;
}

/** A row of `routes`, as stored; null and absent are the same. */
export interface Route extends Entity {
  readonly name?: string | null;
  readonly protocols: readonly string[];
  readonly methods?: readonly string[] | null;
  readonly hosts?: readonly string[] | null;
  readonly paths?: readonly string[] | null;
  readonly headers?: Readonly<Record<string, readonly string[]>> | null;
  readonly snis?: readonly string[] | null;
  readonly sources?: readonly AddressMatch[] | null;
  readonly destinations?: readonly AddressMatch[] | null;
  readonly https_redirect_status_code: number;
  readonly regex_priority?: number | null;
  readonly strip_path?: boolean | null;
  readonly path_handling?: "v0" | "v1" | null;
  readonly preserve_host: boolean;
  readonly request_buffering: boolean;
  readonly response_buffering: boolean;
  readonly service?: ForeignKey | null;
  readonly expression?: string | null;
  readonly priority?: number | null;
}
