/**
 * Certificates, keys and CA lists by a short name each, so that pools of connections are told apart without carrying PEM
 * texts in their keys, and so that a list of CAs is parsed once and not for every connection.
 */
import { createHash } from "node:crypto";
import tls from "node:tls";

/** PEM texts that belong together. */
export interface TlsMaterial {
  /** Equal texts have equal names; differing ones do not. */
  readonly id: string;
  /** PEM texts, as Node takes them. */
  readonly texts: readonly string[];
}

/** Bytes of a digest that make a name: chance does not make two equal. */
const ID_BYTES = 16;

/** Hashes them: for what is made once for a configuration, not for requests. */
export function tlsMaterial(...texts: string[]): TlsMaterial {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text).update("\0");
  return { id: hash.digest().toString("hex", 0, ID_BYTES), texts };
}

/** What was made of a row of the configuration; rows never change, so this holds as long as they live. */
const ofRows = new WeakMap<object, TlsMaterial>();

/** The texts of a row's fields: a certificate with its key, or a CA. */
export function materialOf(row: object, ...fields: string[]): TlsMaterial {
  let material = ofRows.get(row);
  if (material === undefined) {
    const record = row as Readonly<Record<string, unknown>>;
    material = tlsMaterial(...fields.map((field) => String(record[field] ?? "")));
    ofRows.set(row, material);
  }
  return material;
}

/** Several as one: the CAs that a Service names. */
export function joined(parts: readonly TlsMaterial[]): TlsMaterial {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  return { id: parts.map(({ id }) => id).join("+"), texts: parts.flatMap(({ texts }) => texts) };
}

/** Contexts that are kept; beyond, all are forgotten and made anew where they are needed. */
const CONTEXTS_MAX = 1000;
const contexts = new Map<string, tls.SecureContext>();

/**
 * What OpenSSL made of a CA list and a client's certificate.
 *
 * @param ca null: the system's, or none where nothing is verified
 * @param pair certificate and key; null for none
 * @throws if a text is no PEM, or the key belongs to another certificate
 */
export function secureContext(ca: TlsMaterial | null, pair: TlsMaterial | null): tls.SecureContext {
  const key = `${ca?.id}|${pair?.id}`;
  let context = contexts.get(key);
  if (context === undefined) {
    if (contexts.size >= CONTEXTS_MAX) contexts.clear();
    context = tls.createSecureContext({
      ...(ca === null ? {} : { ca: [...ca.texts] }),
      ...(pair === null ? {} : { cert: pair.texts[0], key: pair.texts[1] }),
    });
    contexts.set(key, context);
  }
  return context;
}
