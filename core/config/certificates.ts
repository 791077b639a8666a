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
