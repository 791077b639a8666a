/**
 * The phases of a plugin, their bits, and the named sets that the PDK's phase rules use.
 *
 * Bits are Kong's own (kong/pdk/private/phases.lua); they are part of nothing on a wire, but equal numbers make
 * logs and dumps comparable. A phase set is the OR of its phases, so a check is one AND.
 */

/** Bit of each phase; {@link PhaseSet} is any number of them. */
export const PHASE = {
  init_worker: 0x1,
  certificate: 0x2,
  client_hello: 0x8,
  rewrite: 0x10,
  access: 0x20,
  balancer: 0x40,
  response: 0x80,
  cluster_listener: 0x100,
  header_filter: 0x200,
  body_filter: 0x400,
  timer: 0x1000,
  log: 0x2000,
  preread: 0x4000,
  configure: 0x8000,
  error: 0x1000000,
  admin_api: 0x10000000,
} as const;

/** Every phase of Kong, also those in which no plugin runs here. */
export type PhaseName = keyof typeof PHASE;
/** A set of phases: bits of {@link PHASE}. */
export type PhaseSet = number;

/** The phases that a plugin can implement, in the order of a request's way. */
export const PLUGIN_PHASES = [
  "init_worker",
  "configure",
  "certificate",
  "rewrite",
  "access",
  "response",
  "preread",
  "header_filter",
  "body_filter",
  "log",
] as const satisfies readonly PhaseName[];
/** Name of a phase that a plugin can have a method for. */
export type PluginPhase = (typeof PLUGIN_PHASES)[number];

/** Union of phases given by name. */
export function phaseSet(...names: readonly PhaseName[]): PhaseSet {
  return names.reduce((bits, name) => bits | PHASE[name], 0);
}

/** The names in a set, in ascending order of bits. */
export function phaseNames(set: PhaseSet): PhaseName[] {
  return (Object.keys(PHASE) as PhaseName[]).filter((name) => (set & PHASE[name]) !== 0);
}
