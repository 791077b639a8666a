/** All checks of settings that need nothing but their values, in the order in which faults are told. */
import { checkCluster } from "./cluster.ts";
import type { Check } from "./given.ts";
import { checkAdminGuiPath, checkDns, checkProxyServer, checkTrustedIps } from "./network.ts";
import { checkClientCertificate, checkTrustedCertificates } from "./tls.ts";
import { checkNumbers, checkTokens, checkWords } from "./values.ts";

/** Each adds its sentences and throws nothing; all of them run, so that all faults are told at once. */
export const CHECKS: readonly Check[] = [
  checkWords,
  checkNumbers,
  checkTokens,
  checkTrustedIps,
  checkAdminGuiPath,
  checkProxyServer,
  checkDns,
  checkTrustedCertificates,
  checkClientCertificate,
  checkCluster,
];
