/** The sets of phases in which the functions of the PDK may be called (reference pdk.json, _phase_sets). */
import { PHASE, type PhaseSet, phaseSet } from "../phases/phases.ts";

/** No check at all: also where there is no phase. */
export const ANY: PhaseSet = -1;
export const NOT_INIT_WORKER: PhaseSet = ~PHASE.init_worker;

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
export const RESP_READ = phaseSet(
  "response",
  "header_filter",
  "body_filter",
  "log",
  "error",
  "admin_api",
);
export const RESP_WRITE = phaseSet(
  "rewrite",
  "access",
  "response",
  "balancer",
  "header_filter",
  "error",
  "admin_api",
);
export const AUTH = phaseSet("access", "header_filter", "response", "body_filter", "log");
export const BODY = phaseSet("rewrite", "access", "response", "error", "admin_api");
export const RW_ACC = phaseSet("rewrite", "access");
export const RW_ACC_BAL = phaseSet("rewrite", "access", "balancer");
export const PRE_BAL = phaseSet("preread", "balancer");
export const TARGET = phaseSet("rewrite", "access", "balancer", "preread");
export const SRESP = phaseSet("response", "header_filter", "body_filter", "log");
export const ACCESS: PhaseSet = PHASE.access;
export const BODY_FILTER: PhaseSet = PHASE.body_filter;
export const CERTIFICATE: PhaseSet = PHASE.certificate;
export const LOG: PhaseSet = PHASE.log;
export const TLS_CHAIN = phaseSet("rewrite", "access", "response", "balancer", "log");
export const TLS_VERIFY = phaseSet("rewrite", "access", "response", "balancer");
export const SERIALIZE_VALUE = phaseSet(
  "rewrite",
  "access",
  "header_filter",
  "response",
  "body_filter",
  "log",
);
export const SPANS = phaseSet("rewrite", "access", "header_filter", "body_filter", "log");
