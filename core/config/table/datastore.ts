/** Where the entities are kept. */
import {
  choice,
  flag,
  list,
  number,
  optionalFlag,
  optionalNumber,
  optionalText,
  text,
} from "../setting.ts";

export const DATASTORE = {
  /** DB-less store directory under prefix. */
  lmdb_environment_path: text("dbless.lmdb", { inert: true }),
  /** Max DB-less store size. */
  lmdb_map_size: text("2048m", { inert: true }),
  /** Only off (DB-less) works so far, and is the default here; Kong's is postgres. */
  database: choice("off", ["postgres", "cassandra", "off"]),
  /** Database host. */
  pg_host: text("127.0.0.1"),
  /** Database port. */
  pg_port: number(5432),
  /** Database name. */
  pg_database: text("kong"),
  /** Schema (default public). */
  pg_schema: optionalText(),
  /** Ms. */
  pg_timeout: number(5000),
  /** User. */
  pg_user: text("kong"),
  /** Password. */
  pg_password: optionalText({ sensitive: true }),
  /** TLS to database. */
  pg_ssl: flag(false),
  /** Verify database certificate. */
  pg_ssl_verify: flag(false),
  /** Per worker, 0 unlimited. */
  pg_max_concurrent_queries: number(0),
  /** Ms. */
  pg_semaphore_timeout: number(60000),
  /** Ms. */
  pg_keepalive_timeout: optionalNumber(),
  /** Connections per worker pool. */
  pg_pool_size: optionalNumber(),
  /** Queued connections. */
  pg_backlog: optionalNumber(),
  /** Seconds. */
  _debug_pg_ttl_cleanup_interval: number(300),
  /** Read-only replica; falls back to pg_host. */
  pg_ro_host: optionalText(),
  /** Read-only replica; falls back to pg_port. */
  pg_ro_port: optionalNumber(),
  /** Read-only replica; falls back to pg_database. */
  pg_ro_database: optionalText(),
  /** Read-only replica; falls back to pg_schema. */
  pg_ro_schema: optionalText(),
  /** Read-only replica; falls back to pg_timeout. */
  pg_ro_timeout: optionalNumber(),
  /** Read-only replica; falls back to pg_user. */
  pg_ro_user: optionalText(),
  /** Read-only replica; falls back to pg_password. */
  pg_ro_password: optionalText({ sensitive: true }),
  /** Read-only replica; falls back to pg_ssl. */
  pg_ro_ssl: optionalFlag(),
  /** Read-only replica; falls back to pg_ssl_verify. */
  pg_ro_ssl_verify: optionalFlag(),
  /** Read-only replica; falls back to pg_max_concurrent_queries. */
  pg_ro_max_concurrent_queries: optionalNumber(),
  /** Read-only replica; falls back to pg_semaphore_timeout. */
  pg_ro_semaphore_timeout: optionalNumber(),
  /** Read-only replica; falls back to pg_keepalive_timeout. */
  pg_ro_keepalive_timeout: optionalNumber(),
  /** Read-only replica; falls back to pg_pool_size. */
  pg_ro_pool_size: optionalNumber(),
  /** Read-only replica; falls back to pg_backlog. */
  pg_ro_backlog: optionalNumber(),
  /** File loaded at start in DB-less. */
  declarative_config: optionalText(),
  /** Inline JSON/YAML config. */
  declarative_config_string: optionalText({ sensitive: true }),
  /** Seconds between change polls. */
  db_update_frequency: number(5),
  /** Seconds to wait for replicas. */
  db_update_propagation: number(0),
  /** Entity cache seconds, 0 forever. */
  db_cache_ttl: number(0),
  /** Negative cache seconds; default db_cache_ttl. */
  db_cache_neg_ttl: optionalNumber(),
  /** Stale use when DB is down. */
  db_resurrect_ttl: number(30),
  /** Entities preloaded. */
  db_cache_warmup_entities: list(["services"]),
} as const;
