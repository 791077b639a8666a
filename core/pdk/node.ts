/** `kong.node`, `kong.ip`, `kong.plugin`, `kong.cluster` and `kong.telemetry`: what does not depend on the request. */
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { isNil, stringOr } from "./arguments.ts";
import type { MemoryStats, PdkNode, RunningPlugin } from "./pdk-node.ts";
import { noResult } from "./request-body.ts";

export function getId(_x: Exchange, node: PdkNode): string {
  return node.id;
}

export function getHostname(_x: Exchange, node: PdkNode): string {
  return node.hostname;
}

const UNITS: Readonly<Record<string, readonly [divisor: number, suffix: string]>> = {
  k: [1024, "KiB"],
  m: [1024 ** 2, "MiB"],
  g: [1024 ** 3, "GiB"],
};
const SCALE_DEFAULT = 2;
const SCALE_MAX = 100;

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
  const digits =
    typeof scale === "number" && scale >= 0 && scale <= SCALE_MAX ? scale : SCALE_DEFAULT;
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

export function isTrusted(_x: Exchange, node: PdkNode, address: unknown): boolean {
  return node.isTrusted(stringOr(address, "address must be a string"));
}

/** The running plugin's configuration; null outside plugins. */
export function getPluginId(x: Exchange): string | null {
  return (x.plugin as RunningPlugin | null)?.plugin.id ?? null;
}

export function getClusterId(_x: Exchange, node: PdkNode): string | null {
  return node.clusterId;
}

export function telemetryLog(x: Exchange): null {
  return noResult(x, "telemetry logs are not part of this gateway yet");
}
