/** Service: an upstream application, as the Admin API shows it. */
import type { Entity, ForeignKey } from "./entity.ts";

export interface Service extends Entity {
  readonly name?: string | null;
  readonly protocol: "http" | "https" | "grpc" | "grpcs" | "tcp" | "tls" | "udp" | "tls_passthrough";
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
