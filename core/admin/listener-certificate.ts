/**
 * Certificates of the Admin and Status listeners: those of the settings, or a self-signed one.
 *
 * The self-signed one is made when the first TLS listener opens and there is none in `<prefix>/ssl` under Kong's file
 * names, so a second start uses the same. The library that makes it is loaded only then.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readPem } from "../config/certificates.ts";
import { DEFAULT_CERTIFICATES } from "../config/settings.ts";
import type { KeyPair } from "./listeners.ts";

/** Validity of a self-signed certificate: 20 years, as Kong's. */
const VALID_DAYS = 20 * 365;

async function selfSigned(certFile: string, keyFile: string): Promise<KeyPair> {
  const { generate } = await import("selfsigned");
  const now = Date.now();
  const made = await generate(
    [
      { name: "countryName", value: "US" },
      { name: "organizationName", value: "Dragoman" },
      { name: "commonName", value: "localhost" },
    ],
    {
      keySize: 2048,
      algorithm: "sha256",
      notBeforeDate: new Date(now),
      notAfterDate: new Date(now + VALID_DAYS * 86_400_000),
    },
  );
  await writeFile(keyFile, made.private, { mode: 0o600 });
  await writeFile(certFile, made.cert);
  return { cert: made.cert, key: made.private };
}

/**
 * Pairs for a TLS listener.
 *
 * @param setting whose file names are used if there is no certificate
 * @param certs `admin_ssl_cert`: paths, PEM texts, or PEM in base64; `keys` alike
 * @throws the system's error if a file cannot be read or written
 */
export async function listenerKeyPairs(
  setting: "admin_ssl_cert" | "status_ssl_cert",
  prefix: string,
  certs: readonly string[],
  keys: readonly string[],
): Promise<KeyPair[]> {
  if (certs.length > 0) {
    return certs.map((cert, i) => ({ cert: readPem(cert), key: readPem(keys[i] ?? "") }));
  }
  const certFile = join(prefix, DEFAULT_CERTIFICATES[setting].cert);
  const keyFile = join(prefix, DEFAULT_CERTIFICATES[setting].key);
  if (existsSync(certFile) && existsSync(keyFile)) {
    return [{ cert: await readFile(certFile, "utf8"), key: await readFile(keyFile, "utf8") }];
  }
  await mkdir(dirname(certFile), { recursive: true });
  return [await selfSigned(certFile, keyFile)];
}
