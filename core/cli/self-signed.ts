/** Makes self-signed certificates: for listeners that have none, and for hybrid mode. Loaded only when one is made. */
import { writeFileSync } from "node:fs";
import { generate } from "selfsigned";

const DAY_MS = 86_400_000;

/** What is to be made and where it goes. */
export interface SelfSigned {
  /** Path of the certificate, for everybody to read. */
  readonly cert: string;
  /** Path of its key, for the owner only. */
  readonly key: string;
  readonly commonName: string;
  /** How long it is valid, from now. */
  readonly days: number;
  readonly curve?: "P-256" | "P-384";
}

/**
 * Writes both files; they must not be there, or may be overwritten.
 *
 * @throws the system's error if one cannot be written
 */
export async function writeSelfSigned(wanted: SelfSigned): Promise<void> {
  const now = Date.now();
  const made = await generate([{ name: "commonName", value: wanted.commonName }], {
    keyType: "ec",
    curve: wanted.curve ?? "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date(now),
    notAfterDate: new Date(now + wanted.days * DAY_MS),
  });
  writeFileSync(wanted.key, made.private, { mode: 0o600 });
  writeFileSync(wanted.cert, made.cert, { mode: 0o644 });
}
