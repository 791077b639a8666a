/** The sets of phases in which the functions of the PDK may be called (reference pdk.json, _phase_sets). */
import { PHASE, type PhaseSet, phaseSet } from "../phases/phases.ts";

/** No check at all: also where there is no phase. */
export const ANY: PhaseSet = -1;
/** All but init_worker, where there is no request. */
export const NOT_INIT_WORKER: PhaseSet = ~PHASE.init_worker;

/**
 * Where there is a request. Phases that this gateway does not run are in the set because errors name them.
 */
export const REQUEST = phaseSet(
  "rewrite",
  "access",
  "balancer",
  "response",
  "header_filter",
  "body_filter",
  "log",
  "error",
  "admin_api",
  "cluster_listener",
);
/** Where an answer can be read. */
export const RESP_READ = phaseSet(
  "response",
  "header_filter",
  "body_filter",
  "log",
  "error",
  "admin_api",
);
/**
 * Where status and headers of an answer can be written. Not body_filter and log: they have been sent by then.
 */
export const RESP_WRITE = phaseSet(
  "rewrite",
  "access",
  "response",
  "balancer",
  "header_filter",
  "error",
  "admin_api",
);
/** Where it is known who asks. */
export const AUTH = phaseSet("access", "header_filter", "response", "body_filter", "log");
/** Where the request's body can be read. */
export const BODY = phaseSet("rewrite", "access", "response", "error", "admin_api");
/** Before the request goes to the Service. */
export const RW_ACC = phaseSet("rewrite", "access");
/** Before a try of it does. */
export const RW_ACC_BAL = phaseSet("rewrite", "access", "balancer");
/** Phases of TCP streams and of single tries. */
export const PRE_BAL = phaseSet("preread", "balancer");
/** Where a Target can be named. */
export const TARGET = phaseSet("rewrite", "access", "balancer", "preread");
/** Where the Service has answered. */
export const SRESP = phaseSet("response", "header_filter", "body_filter", "log");
/** access alone: what depends on the Route and decides on the request. */
export const ACCESS: PhaseSet = PHASE.access;
/** body_filter alone: where chunks pass. */
export const BODY_FILTER: PhaseSet = PHASE.body_filter;
/** certificate alone: while a handshake is under way. */
export const CERTIFICATE: PhaseSet = PHASE.certificate;
/** log alone: after the client has its answer. */
export const LOG: PhaseSet = PHASE.log;
/** Where the client's certificate can be read. */
export const TLS_CHAIN = phaseSet("rewrite", "access", "response", "balancer", "log");
/** Where it can be said how the client's certificate was verified. */
export const TLS_VERIFY = phaseSet("rewrite", "access", "response", "balancer");
/** Where values for the log entry can be left. */
export const SERIALIZE_VALUE = phaseSet(
  "rewrite",
  "access",
  "header_filter",
  "response",
  "body_filter",
  "log",
);
/** Where spans can be started. */
export const SPANS = phaseSet("rewrite", "access", "header_filter", "body_filter", "log");
