/** Upstream: a virtual host name whose requests are balanced over Targets, as the Admin API shows it. */
import type { Entity, ForeignKey } from "./entity.ts";

export interface Upstream extends Entity {
  readonly name: string;
  readonly algorithm: string;
  readonly slots: number;
  readonly host_header?: string | null;
  readonly client_certificate?: ForeignKey | null;
  readonly use_srv_name?: boolean | null;
  readonly hash_on?: string;
  readonly healthchecks?: Readonly<Record<string, unknown>>;
}

/** Target: an address of an Upstream, with its share of the requests. */
export interface Target {
  readonly id: string;
  /** "host:port". */
  readonly target: string;
  readonly weight: number;
  readonly upstream: ForeignKey;
  readonly tags?: readonly string[] | null;
  readonly created_at?: number;
  readonly updated_at?: number;
}
