/** Hybrid mode: control plane and data planes. */
import { choice, flag, list, number, optionalText, text } from "../setting.ts";

export const CLUSTER = {
  /** Control plane listeners. */
  cluster_listen: list(["0.0.0.0:8005"]),
  /** Host:port of the control plane. */
  cluster_control_plane: text("127.0.0.1:8005"),
  /** Cluster certificate (path, base64 or PEM). */
  cluster_cert: optionalText(),
  /** Its key. */
  cluster_cert_key: optionalText({ sensitive: true }),
  /** Shared = same pair everywhere; pki = CA based. */
  cluster_mtls: choice("shared", ["shared", "pki"]),
  /** CA for pki (control plane) or server check. */
  cluster_ca_cert: optionalText(),
  /** SNI for control plane; default kong_clustering in shared mode. */
  cluster_server_name: optionalText(),
  /** Seconds before a silent data plane is forgotten, >= 60. */
  cluster_data_plane_purge_delay: number(1209600),
  /** OCSP check of data plane certs. */
  cluster_ocsp: choice("off", ["on", "off", "optional"]),
  /** Max config payload bytes, >= 4194304. */
  cluster_max_payload: number(16777216),
  /** Use proxy_server for cluster connection (data plane only). */
  cluster_use_proxy: flag(false),
  /** Key:value labels reported by a data plane. */
  cluster_dp_labels: list([]),
  /** JSON-RPC channel. */
  cluster_rpc: flag(false),
  /** Incremental sync over RPC (needs cluster_rpc). */
  cluster_rpc_sync: flag(false),
  /** Use JSON hashing library variant. */
  cluster_cjson: flag(false, { inert: true }),
} as const;
