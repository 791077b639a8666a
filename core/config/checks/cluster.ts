/** Checks of hybrid mode: what a control plane and a data plane need, and what they must not have. */
import { certificateError, keyError } from "../certificates.ts";
import type { Check, GivenValues } from "./given.ts";

const LABELS_MAX = 10;
const LABEL_LENGTH_MAX = 63;
/** Beginnings of label keys that belong to the vendor. */
const RESERVED = "(?!kong)(?!konnect)(?!insomnia)(?!mesh)(?!kic)";
const LABEL = "[a-z0-9]([\\w\\.:-]*[a-z0-9]|)$";
const LABEL_KEY_RE = new RegExp(`^${RESERVED}${LABEL}`, "i");
const LABEL_VALUE_RE = new RegExp(`^${LABEL}`, "i");

/** Kong's rules; that there is no hybrid mode here is said later, where the gateway starts. */
export const checkCluster: Check = (values, errors) => {
  if (values.role === "control_plane") checkControlPlane(values, errors);
  else if (values.role === "data_plane") checkDataPlane(values, errors);
  else {
    const only = 'can only be used when role = "data_plane"';
    if (values.cluster_dp_labels?.length) errors.push(`cluster_dp_labels ${only}`);
    if (values.cluster_use_proxy === true) errors.push(`cluster_use_proxy ${only}`);
    return;
  }
  checkClusterCertificates(values, errors);
};

function isOff(listen: readonly string[] | null): boolean {
  return listen === null || listen[0] === "off";
}

function checkControlPlane(values: GivenValues, errors: string[]): void {
  const when = 'when role = "control_plane"';
  if (isOff(values.admin_listen)) errors.push(`admin_listen must be specified ${when}`);
  if (isOff(values.cluster_listen)) errors.push(`cluster_listen must be specified ${when}`);
  if (values.database === "off") errors.push(`in-memory storage can not be used ${when}`);
  if (values.cluster_use_proxy === true) errors.push(`cluster_use_proxy can not be used ${when}`);
  if (values.cluster_dp_labels?.length) errors.push(`cluster_dp_labels can not be used ${when}`);
  if (values.cluster_mtls === "pki" && values.cluster_ca_cert === null) {
    errors.push('cluster_ca_cert must be specified when cluster_mtls = "pki"');
  }
}

function checkDataPlane(values: GivenValues, errors: string[]): void {
  const when = 'when role = "data_plane"';
  if (isOff(values.proxy_listen)) errors.push(`proxy_listen must be specified ${when}`);
  if (values.database !== "off") {
    errors.push(
      `only in-memory storage can be used ${when}\nHint: set database = off in your kong.conf`,
    );
  }
  if (values.cluster_use_proxy === true && values.proxy_server === null) {
    errors.push("cluster_use_proxy is turned on but no proxy_server is configured");
  }
  const labels = labelError(values.cluster_dp_labels ?? []);
  if (labels !== undefined) errors.push(labels);
}

function checkClusterCertificates(values: GivenValues, errors: string[]): void {
  const { cluster_cert: certificate, cluster_cert_key: key, cluster_ca_cert: ca } = values;
  if (certificate === null || key === null) {
    errors.push("cluster certificate and key must be provided to use Hybrid mode");
    return;
  }
  const found = [
    certificateError("cluster_cert", certificate),
    keyError("cluster_cert_key", key),
    ca === null ? undefined : certificateError("cluster_ca_cert", ca),
  ];
  for (const error of found) if (error !== undefined) errors.push(error);
}

/** The first fault of labels `key:value`. */
function labelError(labels: readonly string[]): string | undefined {
  if (labels.length > LABELS_MAX) {
    return `labels validation failed: count exceeded ${LABELS_MAX} max elements`;
  }
  for (const label of labels) {
    const colon = label.indexOf(":");
    const key = colon < 0 ? "" : label.slice(0, colon);
    const value = colon < 0 ? "" : label.slice(colon + 1);
    const error =
      wordError("key", key, LABEL_KEY_RE, RESERVED + LABEL) ??
      wordError("value", value, LABEL_VALUE_RE, LABEL);
    if (error !== undefined) return error;
  }
  return undefined;
}

function wordError(what: string, word: string, form: RegExp, shown: string): string | undefined {
  const failed = `label ${what} validation failed: ${word}`;
  if (word.length < 1 || word.length > LABEL_LENGTH_MAX) {
    return `${failed} must have between 1 and ${LABEL_LENGTH_MAX} characters`;
  }
  return form.test(word) ? undefined : `${failed} is invalid. Must match pattern: ${shown}`;
}
