/** The first message of both sides: who they are, and whether they can talk. */
import { FRAME_BYTES_MAX } from "../limits.ts";
import type { GatewayFacts } from "../remote-server.ts";
import { PEER_FRAME_BYTES_MIN, PROTOCOL_VERSIONS, STREAMS_MAX } from "./limits.ts";
import { readShape, writeShape } from "./shapes.ts";
import type { WireCursor } from "./wire.ts";

/** What a plugin server says of itself, checked. */
export interface PeerHello {
  readonly software: string;
  readonly pid: number;
  /** Bytes of the longest frame that it takes. */
  readonly frameBytesMax: number;
  /** Events at a time, up to {@link STREAMS_MAX}; 0 = any number. */
  readonly concurrencyMax: number;
  readonly plugins: ReadonlyMap<string, PeerPlugin>;
}

interface PeerPlugin {
  readonly name: string;
  readonly priority: number;
  readonly version: string;
  readonly phases: readonly string[];
  /** JSON. */
  readonly schema: Buffer;
  readonly readsRequestBody: boolean;
}

/** The gateway's Hello as a message, one character a byte. */
export function writeHello(own: GatewayFacts): string {
  return writeShape("Hello", {
    protocol_versions: PROTOCOL_VERSIONS,
    software: own.software,
    frame_bytes_max: FRAME_BYTES_MAX,
    pid: process.pid,
    node_id: own.nodeId,
    hostname: own.hostname,
    kong_version: own.kongVersion,
    kong_version_num: own.kongVersionNum,
  });
}

interface HelloFields {
  readonly protocol_versions: readonly number[];
  readonly software: string;
  readonly frame_bytes_max: number;
  readonly pid: number;
  readonly plugins: readonly {
    readonly name: string;
    readonly priority: number;
    readonly version: string;
    readonly phases: readonly string[];
    readonly schema: Buffer;
    readonly reads_request_body: boolean;
  }[];
  readonly concurrency_max: number;
}

/** @returns a sentence where the two cannot talk. @throws {UnreadableProtobuf} */
export function readHello(cursor: WireCursor): PeerHello | string {
  const fields = readShape("Hello", cursor) as unknown as HelloFields;
  const versions = fields.protocol_versions;
  if (!versions.some((version) => PROTOCOL_VERSIONS.includes(version))) {
    const theirs = versions.slice(0, 10).join(", ") || "none";
    return `the gateway speaks version ${PROTOCOL_VERSIONS.join(", ")} of the protocol, the plugin server ${theirs}`;
  }
  const plugins = new Map<string, PeerPlugin>();
  for (const one of fields.plugins) {
    plugins.set(one.name, {
      name: one.name,
      priority: one.priority,
      version: one.version,
      phases: one.phases,
      schema: one.schema,
      readsRequestBody: one.reads_request_body,
    });
  }
  const given = fields.frame_bytes_max;
  return {
    software: fields.software.slice(0, 200),
    pid: fields.pid,
    frameBytesMax:
      given === 0
        ? FRAME_BYTES_MAX
        : Math.min(Math.max(given, PEER_FRAME_BYTES_MIN), FRAME_BYTES_MAX),
    concurrencyMax: Math.min(fields.concurrency_max, STREAMS_MAX),
    plugins,
  };
}
