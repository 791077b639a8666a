/** Checks of certificates and keys in PEM, with the parsers of Node. */
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";

const CERTIFICATE = "-----BEGIN CERTIFICATE-----";

function attempt<T>(make: () => T): T | Error {
  try {
    return make();
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause));
  }
}

/** The first one in the text. What is wrong is given back, not thrown. */
export function readCertificate(pem: string): X509Certificate | Error {
  return attempt(() => new X509Certificate(pem));
}

function readPrivateKey(pem: string): KeyObject | Error {
  return attempt(() => createPrivateKey(pem));
}

/** Any key, private or public. */
export function readKey(pem: string): KeyObject | Error {
  if (pem.includes(CERTIFICATE)) return new Error("a certificate");
  const key = readPrivateKey(pem);
  return key instanceof Error ? attempt(() => createPublicKey(pem)) : key;
}

/** A public key; the public part of a private one is none. */
function readPublicKey(pem: string): KeyObject | Error {
  if (pem.includes("PRIVATE KEY-----")) return new Error("a private key");
  return attempt(() => createPublicKey(pem));
}

/** Of a private key its public part counts. */
export function isSamePublicKey(one: KeyObject, other: KeyObject): boolean {
  const der = (key: KeyObject): Buffer => {
    const publicKey = key.type === "public" ? key : createPublicKey(key);
    return publicKey.export({ type: "spki", format: "der" });
  };
  return der(one).equals(der(other));
}

/** Its date is not looked at. */
export function certificateError(pem: string): string | undefined {
  const certificate = readCertificate(pem);
  return certificate instanceof Error
    ? `invalid certificate: x509.new: ${certificate.message}`
    : undefined;
}

/** Any key, private or public. */
export function keyError(pem: string): string | undefined {
  const key = readKey(pem);
  return key instanceof Error ? `invalid key: pkey.new: ${key.message}` : undefined;
}

/** How many begin in the text; whether they end is not looked at. */
export function certificateCount(pem: string): number {
  return pem.split(CERTIFICATE).length - 1;
}

/** References to secrets are looked at when they are resolved. */
export function isPem(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !value.startsWith("{vault://");
}

/** A pair of keys of a `keys` row; either may be absent. */
export function pemError(pair: {
  readonly public_key?: string | null;
  readonly private_key?: string | null;
}): string | undefined {
  const publicKey = isPem(pair.public_key) ? readPublicKey(pair.public_key) : undefined;
  if (publicKey instanceof Error) return "could not load public key";
  const privateKey = isPem(pair.private_key) ? readPrivateKey(pair.private_key) : undefined;
  if (privateKey instanceof Error) return "could not load private key";
  if (publicKey === undefined || privateKey === undefined) return undefined;
  return isSamePublicKey(publicKey, privateKey)
    ? undefined
    : "public key does not match private key";
}
