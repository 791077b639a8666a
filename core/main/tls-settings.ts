/** The certificate of TLS listeners: from the settings, or one that signs itself, made once for the prefix. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SecureVersion } from "node:tls";
import { DEFAULT_CERTIFICATES, type Settings } from "../config/settings.ts";
import type { TlsSettings } from "../listener/http.ts";

/** A path, a PEM text or base64 of one: what `ssl_cert` may hold. */
function pem(value: string): string {
  if (value.includes("-----BEGIN")) return value;
  if (existsSync(value)) return readFileSync(value, "utf8");
  return Buffer.from(value, "base64").toString("utf8");
}

const VERSIONS: Readonly<Record<string, SecureVersion>> = {
  TLSv1: "TLSv1",
  "TLSv1.1": "TLSv1.1",
  "TLSv1.2": "TLSv1.2",
  "TLSv1.3": "TLSv1.3",
};

/** @returns what TLS listeners of the proxy use */
export function listenerTls(settings: Settings): TlsSettings {
  const versions = settings.ssl_protocols.split(/\s+/).flatMap((name) => VERSIONS[name] ?? []);
  const { ssl_cert: certs, ssl_cert_key: keys, prefix } = settings;
  const fallback = DEFAULT_CERTIFICATES.ssl_cert;
  return {
    cert: pem(certs?.[0] ?? join(prefix, fallback.cert)),
    key: pem(keys?.[0] ?? join(prefix, fallback.key)),
    minVersion: versions[0] ?? "TLSv1.2",
    maxVersion: versions.at(-1) ?? "TLSv1.3",
    ciphers: settings.ssl_ciphers ?? undefined,
  };
}
