/**
 * What TLS needs of the settings. Towards clients: certificates (one that signs itself, made for the prefix, where none
 * is set), versions and ciphers. Towards Services: a certificate for all of them, and the CAs that are trusted.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates, type SecureVersion } from "node:tls";
import { parseTime } from "../config/sizes.ts";
import { DEFAULT_CERTIFICATES, type Settings } from "../config/settings.ts";
import type { TlsSettings } from "../listener/tls-server.ts";
import type { UpstreamTlsDefaults } from "../proxy/rooms.ts";
import { type TlsMaterial, tlsMaterial } from "../proxy/tls-material.ts";

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

/** TLS 1.3's own; without them in a list, Node would speak 1.2 at most. */
const CIPHERS_13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

/** Ciphers of Mozilla's recommendations, by the names that `ssl_cipher_suite` has for them. */
const SUITES: Readonly<Record<string, string>> = {
  modern: CIPHERS_13,
  intermediate: [
    CIPHERS_13,
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305",
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384",
  ].join(":"),
};

/** Ciphers as Node takes them; undefined = Node's own choice. */
function ciphersOf(settings: Settings): string | undefined {
  const suite = SUITES[settings.ssl_cipher_suite ?? ""];
  if (suite !== undefined) return suite;
  const own = settings.ssl_ciphers;
  if (own === null) return undefined;
  return own.includes("TLS_") ? own : `${CIPHERS_13}:${own}`;
}

/** Suites of Mozilla's for which Kong sets a group of 2048 bits where the settings name none. */
const SUITES_WITH_DHE: ReadonlySet<string> = new Set(["intermediate", "old"]);
/** A predefined group, by its name. */
const GROUP = /^ffdhe\d+$/;

/** Parameters for DHE ciphers. OpenSSL knows the predefined groups and takes the one that is as strong as the key. */
function dhparamOf({ ssl_dhparam: given, ssl_cipher_suite: suite }: Settings): string | undefined {
  if (given === null) return SUITES_WITH_DHE.has(suite ?? "") ? "auto" : undefined;
  return GROUP.test(given) ? "auto" : pem(given);
}

/** @returns what TLS listeners of the proxy use */
export function listenerTls(settings: Settings): TlsSettings {
  const isModern = settings.ssl_cipher_suite === "modern";
  const names = isModern ? "TLSv1.3" : settings.ssl_protocols;
  const versions = names.split(/\s+/).flatMap((name) => VERSIONS[name] ?? []);
  versions.sort(); // their names are in the order of their age
  const { ssl_cert: certs, ssl_cert_key: keys, prefix } = settings;
  const fallback = DEFAULT_CERTIFICATES.ssl_cert;
  const isGiven = certs.length > 0;
  return {
    certs: isGiven ? certs.map(pem) : [pem(join(prefix, fallback.cert))],
    keys: isGiven ? keys.map(pem) : [pem(join(prefix, fallback.key))],
    minVersion: versions[0] ?? "TLSv1.2",
    maxVersion: versions.at(-1) ?? "TLSv1.3",
    ciphers: ciphersOf(settings),
    // Mozilla's lists hold good ciphers only, and the client knows best which is quick for it
    prefersOwnCiphers:
      SUITES[settings.ssl_cipher_suite ?? ""] === undefined &&
      settings.ssl_prefer_server_ciphers === "on",
    dhparam: dhparamOf(settings),
    usesTickets: settings.ssl_session_tickets === "on",
    handshakeTimeoutMs: settings.limits.headerTimeoutMs,
    sessionTimeoutS: Math.ceil(
      parseTime("ssl_session_timeout", settings.ssl_session_timeout) / 1000,
    ),
  };
}

/** Where systems keep the CAs that they trust. */
const SYSTEM_CAS = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** PEM texts of those that the system trusts. */
function systemCas(): readonly string[] {
  const path = SYSTEM_CAS.find((file) => existsSync(file));
  return path === undefined ? rootCertificates : [readFileSync(path, "utf8")];
}

/**
 * What connections to Services over TLS begin with.
 *
 * The system's CAs are read with the first connection that is verified against them: they are as large as a quarter of
 * all code of a worker, and most gateways talk to their Services in the clear.
 */
export function upstreamTlsDefaults(settings: Settings): UpstreamTlsDefaults {
  const { client_ssl: isOn, client_ssl_cert: cert, client_ssl_cert_key: key } = settings;
  const named = settings.lua_ssl_trusted_certificate.map((entry) =>
    entry === "system" ? null : pem(entry),
  );
  let trustedCas: TlsMaterial | null | undefined;
  return {
    clientCertificate:
      isOn && cert !== null && key !== null ? tlsMaterial(pem(cert), pem(key)) : null,
    get trustedCas() {
      if (trustedCas === undefined) {
        const texts = named.flatMap((text) => (text === null ? systemCas() : [text]));
        trustedCas = texts.length === 0 ? null : tlsMaterial(...texts);
      }
      return trustedCas;
    },
    verifyDepth: settings.lua_ssl_verify_depth,
  };
}
