/** Checks of certificates and keys: given in pairs, and such that OpenSSL can read them. */
import { certificateError, keyError, pairError } from "../certificates.ts";
import type { Listener } from "../listeners.ts";
import type { Check, GivenValues } from "./given.ts";

/** The listeners whose certificates are looked at, with the beginning of their settings. */
interface TlsListeners {
  readonly "": readonly Listener[];
  readonly admin_: readonly Listener[];
  readonly admin_gui_: readonly Listener[];
  readonly status_: readonly Listener[];
}

/** Certificates of listeners count only where one of them speaks TLS. */
export function checkListenerCertificates(
  values: GivenValues,
  listeners: TlsListeners,
  errors: string[],
): void {
  for (const prefix of ["", "admin_", "admin_gui_", "status_"] as const) {
    if (!listeners[prefix].some((listener) => listener.ssl)) continue;
    const name = `${prefix}ssl_cert` as const;
    checkPairs(name, values[name] ?? [], values[`${name}_key`] ?? [], errors);
  }
}

/** What Services are shown where they name no certificate; looked at only with `client_ssl`. */
export const checkClientCertificate: Check = (values, errors) => {
  if (values.client_ssl !== true) return;
  const { client_ssl_cert: cert, client_ssl_cert_key: key } = values;
  checkPairs("client_ssl_cert", cert === null ? [] : [cert], key === null ? [] : [key], errors);
};

/** Files, or the texts themselves; `system` is the machine's own list. */
export const checkTrustedCertificates: Check = (values, errors) => {
  for (const given of values.lua_ssl_trusted_certificate ?? []) {
    if (given === "system") continue;
    add(certificateError("lua_ssl_trusted_certificate", given), errors);
  }
};

function checkPairs(
  name: string,
  certificates: readonly string[],
  keys: readonly string[],
  errors: string[],
): void {
  if (certificates.length === 0 && keys.length === 0) return;
  const before = errors.length;
  if (keys.length === 0) errors.push(`${name}_key must be specified`);
  else if (certificates.length === 0) errors.push(`${name} must be specified`);
  else if (certificates.length !== keys.length) {
    errors.push(
      `${name} was specified ${certificates.length} times while ${name}_key was specified ${keys.length} times`,
    );
  }
  for (const certificate of certificates) add(certificateError(name, certificate), errors);
  for (const key of keys) add(keyError(`${name}_key`, key), errors);
  if (errors.length > before) return;
  for (const [i, certificate] of certificates.entries()) {
    add(pairError(name, certificate, keys[i]!), errors);
  }
}

function add(error: string | undefined, errors: string[]): void {
  if (error !== undefined) errors.push(error);
}
