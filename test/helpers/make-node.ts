/** A PdkNode for unit tests: fixed answers, an empty configuration unless one is given, and a log that remembers. */
import type { PdkNode } from "../../core/pdk/pdk-node.ts";
import { type Row, type Snapshot, SnapshotBuilder } from "../../core/store/snapshot.ts";
import {
  type LogFields,
  type Logger,
  LOG_LEVELS,
  type LogLevel,
} from "../../core/telemetry/log.ts";

export interface LogRecord {
  readonly level: LogLevel;
  readonly fields: LogFields;
  readonly message: string;
}

/** A log that keeps its records; levels below `least` are off. */
export function recordingLog(least: LogLevel = "debug"): { log: Logger; records: LogRecord[] } {
  const records: LogRecord[] = [];
  const methods: Record<string, unknown> = {};
  for (const level of Object.keys(LOG_LEVELS) as LogLevel[]) {
    methods[level] = (fields: LogFields | string, message?: string) => {
      if (LOG_LEVELS[level] < LOG_LEVELS[least]) return;
      const isText = typeof fields === "string";
      records.push({ level, fields: isText ? {} : fields, message: isText ? fields : message! });
    };
  }
  methods.child = () => methods;
  methods.isLevelEnabled = (level: LogLevel) => LOG_LEVELS[level] >= LOG_LEVELS[least];
  return { log: methods as unknown as Logger, records };
}

/** A snapshot of rows by entity. */
export function makeSnapshot(rows: Readonly<Record<string, readonly object[]>> = {}): Snapshot {
  const builder = new SnapshotBuilder();
  for (const [entity, list] of Object.entries(rows)) builder.add(entity, list as readonly Row[]);
  return builder.build("0".repeat(32), 1);
}

export function makeNode(changes: Partial<PdkNode> = {}, snapshot = makeSnapshot()): PdkNode {
  return {
    id: "11111111-2222-4333-8444-555555555555",
    hostname: "node.test",
    version: "3.9.1",
    settings: { log_level: "notice" },
    clientBodyBufferBytes: 8192,
    log: recordingLog().log,
    clusterId: null,
    snapshot: () => snapshot,
    isTrusted: () => false,
    memoryStats: () => ({
      lua_shared_dicts: { kong: { allocated_slabs: 24_576, capacity: 5_242_880 } },
      workers_lua_vms: [{ http_allocated_gc: 2048, pid: 7 }],
    }),
    statistics: () => ({
      connections_active: 1,
      connections_reading: 0,
      connections_writing: 1,
      connections_waiting: 0,
      connections_accepted: 3,
      connections_handled: 3,
      total_requests: 9,
    }),
    vaults: { env: {}, enabled: ["bundled"], envPrefix: "" },
    now: () => 1_700_000_000_000,
    ...changes,
  };
}
