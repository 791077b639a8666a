/**
 * Certificates and keys in settings: a path, PEM text, or PEM text in base64.
 *
 * Checks only that OpenSSL can read them, as Kong does before it starts.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";

/** @returns PEM text, or what was given if it is nothing of the three */
export function readPem(given: string): string {
  if (given.includes("-----BEGIN")) return given;
  if (existsSync(given)) return readFileSync(given, "utf8");
  const decoded = Buffer.from(given, "base64").toString("latin1");
  return decoded.includes("-----BEGIN") ? decoded : given;
}

/** @returns the error in Kong's words, or undefined if the certificate loads */
export function certificateError(setting: string, given: string): string | undefined {
  try {
    new X509Certificate(readPem(given));
    return undefined;
  } catch {
    return `${setting}: failed loading certificate from ${given}`;
  }
}

/** @returns the error in Kong's words, or undefined if the key loads */
export function keyError(setting: string, given: string): string | undefined {
  try {
    createPrivateKey(readPem(given));
    return undefined;
  } catch {
    return `${setting}: failed loading key from ${given}`;
  }
}

/** @returns the error, or undefined if the key belongs to the certificate; both can be read. Kong leaves that to nginx */
export function pairError(setting: string, certificate: string, key: string): string | undefined {
  const isPair = new X509Certificate(readPem(certificate)).checkPrivateKey(
    createPrivateKey(readPem(key)),
  );
  if (isPair) return undefined;
  return `${setting}_key: ${nameOf(key)} does not belong to the certificate ${nameOf(certificate)}`;
}

/** A path as it is; what is given as text is not shown. */
function nameOf(given: string): string {
  return existsSync(given) ? given : "that was given";
}
