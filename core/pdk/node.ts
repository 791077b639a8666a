/** `kong.node`, `kong.ip`, `kong.plugin`, `kong.cluster` and `kong.telemetry`: what does not depend on the request. */
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { isNil, stringOr } from "./arguments.ts";
import type { MemoryStats, PdkNode, RunningPlugin } from "./pdk-node.ts";
import { noResult } from "./request-body.ts";

/** UUID of the node, the same for all its workers and after a restart. */
export function getId(_x: Exchange, node: PdkNode): string {
  return node.id;
}

/** As the operating system says at the start. */
export function getHostname(_x: Exchange, node: PdkNode): string {
  return node.hostname;
}

const UNITS: Readonly<Record<string, readonly [divisor: number, suffix: string]>> = {
  k: [1024, "KiB"],
  m: [1024 ** 2, "MiB"],
  g: [1024 ** 3, "GiB"],
};
const SCALE_DEFAULT = 2;
/** More digits cannot be printed. */
const SCALE_MAX = 99;

/** Digits behind the point. */
function scaleOf(scale: unknown): number {
  if (isNil(scale)) return SCALE_DEFAULT;
  if (typeof scale !== "number" || !(scale >= 0)) {
    throw new PdkError("scale must be equal or greater than 0");
  }
  if (!Number.isInteger(scale) || scale > SCALE_MAX) {
    throw new PdkError(`scale must be an integer up to ${SCALE_MAX}`);
  }
  return scale;
}

/** IPv4 written as IPv6: an IPv6 address to Kong's matcher, which no IPv4 network holds (recorded). */
const MAPPED = /^::ffff:\d+\.\d+\.\d+\.\d+$/i;

/** Numbers in bytes, or texts such as "0.02 MiB" where a unit is given. */
export function getMemoryStats(
  _x: Exchange,
  node: PdkNode,
  unit: unknown,
  scale: unknown,
): MemoryStats | Record<string, unknown> {
  const stats = node.memoryStats();
  if (isNil(unit)) return stats;
  const letter = stringOr(unit, "unit must be a string").toLowerCase();
  if (letter === "b") return stats;
  const known = Object.hasOwn(UNITS, letter) ? UNITS[letter] : undefined;
  if (known === undefined) {
    throw new PdkError(`invalid unit '${unit}' (expected 'k/K', 'm/M', or 'g/G')`);
  }
  const digits = scaleOf(scale);
  const format = (bytes: number) => `${(bytes / known[0]).toFixed(digits)} ${known[1]}`;
  const dicts: Record<string, unknown> = {};
  for (const [name, dict] of Object.entries(stats.lua_shared_dicts)) {
    dicts[name] = {
      allocated_slabs: format(dict.allocated_slabs),
      capacity: format(dict.capacity),
    };
  }
  const workers_lua_vms = stats.workers_lua_vms.map((vm) => ({
    http_allocated_gc: format(vm.http_allocated_gc),
    pid: vm.pid,
  }));
  return { lua_shared_dicts: dicts, workers_lua_vms };
}

/** Is it in `trusted_ips`? False for what is no address, and for IPv4 written as IPv6. */
export function isTrusted(_x: Exchange, node: PdkNode, address: unknown): boolean {
  return typeof address === "string" && !MAPPED.test(address) && node.isTrusted(address);
}

/** The running plugin's configuration; null outside plugins. */
export function getPluginId(x: Exchange): string | null {
  return (x.plugin as RunningPlugin | null)?.plugin.id ?? null;
}

/** Always null: nodes of this gateway form no cluster. */
export function getClusterId(_x: Exchange, node: PdkNode): string | null {
  return node.clusterId;
}

/** Always null with a reason: there is no OpenTelemetry here. */
export function telemetryLog(x: Exchange): null {
  return noResult(x, "telemetry logs are not part of this gateway yet");
}
