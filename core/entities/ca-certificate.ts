/** CA certificate: one that certificates of others are verified with, as the Admin API shows it. */
import { X509Certificate } from "node:crypto";
import { certificateCount, readCertificate } from "./schema/checks/pem.ts";
import type { EntitySchema, Table } from "./schema/definition.ts";
import { typedefs } from "./schema/typedefs.ts";

function caError({ cert }: Table): string | undefined {
  const pem = String(cert);
  if (certificateCount(pem) > 1) return "please submit only one certificate at a time";
  const certificate = readCertificate(pem);
  if (certificate instanceof Error) return undefined;
  if (Date.parse(certificate.validTo) < Date.now()) {
    return 'certificate expired, "Not After" time is in the past';
  }
  return certificate.ca
    ? undefined
    : 'certificate does not appear to be a CA because it is missing the "CA" basic constraint';
}

/** SHA-256 of the certificate in DER, in lower-case hexadecimal digits. */
function addDigest(row: Table): void {
  const { fingerprint256 } = new X509Certificate(String(row.cert));
  row.cert_digest = fingerprint256.replaceAll(":", "").toLowerCase();
}

/** `cert_digest` is written when a row is stored, whatever was given. */
export const CA_CERTIFICATE_SCHEMA: EntitySchema = {
  name: "ca_certificates",
  primary_key: ["id"],
  fields: [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestamp },
    { updated_at: typedefs.autoTimestamp },
    { cert: { type: "string", required: true, check: "certificate" } },
    { cert_digest: { type: "string", unique: true } },
    { tags: typedefs.tags },
  ],
  entity_checks: [{ custom_entity_check: { field_sources: ["cert"], fn: caError } }],
  transform: addDigest,
};
