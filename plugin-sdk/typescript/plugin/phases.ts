/** The phases by name and bit, as in the contract; Kong's numbers. */

/** Bit of each phase that a plugin server can serve. */
export const PHASE = {
  init_worker: 0x1,
  certificate: 0x2,
  rewrite: 0x10,
  access: 0x20,
  response: 0x80,
  header_filter: 0x200,
  body_filter: 0x400,
  log: 0x2000,
  preread: 0x4000,
  configure: 0x8000,
} as const;

/** A phase as Kong names it, and as the handler is called. */
export type PhaseName = keyof typeof PHASE;

/** In the order in which a request meets them. */
export const PHASE_NAMES = Object.keys(PHASE) as PhaseName[];

/** Name of a phase's bit; "unknown" for one that this version does not know. */
export function phaseName(bit: number): PhaseName | "unknown" {
  return PHASE_NAMES.find((name) => PHASE[name] === bit) ?? "unknown";
}

const setOf = (...names: PhaseName[]): number => names.reduce((set, name) => set | PHASE[name], 0);

/** Phases in which `kong.request` and most of `kong.client` can be read. */
export const WITH_REQUEST = setOf(
  "rewrite",
  "access",
  "response",
  "header_filter",
  "body_filter",
  "log",
);
/** Phases in which route, service, consumer and credential are known. */
export const AFTER_ROUTING = setOf("access", "response", "header_filter", "body_filter", "log");
/** Phases in which there is a response to read. */
export const WITH_RESPONSE = setOf("response", "header_filter", "body_filter", "log");
/** Phases in which the request's body can be read. */
export const WITH_REQUEST_BODY = setOf("rewrite", "access", "response");
