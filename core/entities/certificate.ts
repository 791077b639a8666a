/** Certificate: a certificate with its key, for TLS with clients and with upstreams, as the Admin API shows it. */
import { isPem, isSamePublicKey, readCertificate, readKey } from "./schema/checks/pem.ts";
import type { EntityCheck, EntitySchema, Table } from "./schema/definition.ts";
import { typedefs } from "./schema/typedefs.ts";

const SAME_TYPE =
  "certificate and alternative certificate need to have different type (e.g. RSA and ECDSA), " +
  "the provided certificates were both of the same type";

/** A certificate must be that of its key. */
function pairCheck(cert: string, key: string, message: string): EntityCheck {
  const fn = (record: Table): string | undefined => {
    const [certPem, keyPem] = [record[cert], record[key]];
    if (!isPem(certPem) || !isPem(keyPem)) return undefined;
    const [certificate, privateKey] = [readCertificate(certPem), readKey(keyPem)];
    if (certificate instanceof Error || privateKey instanceof Error) return undefined;
    return isSamePublicKey(certificate.publicKey, privateKey) ? undefined : message;
  };
  return { custom_entity_check: { field_sources: [cert, key], fn } };
}

function differentTypes(record: Table): string | undefined {
  const [one, other] = [record.cert, record.cert_alt].map((pem) =>
    isPem(pem) ? readCertificate(pem) : undefined,
  );
  if (!one || !other || one instanceof Error || other instanceof Error) return undefined;
  const isSame = one.publicKey.asymmetricKeyType === other.publicKey.asymmetricKeyType;
  return isSame ? SAME_TYPE : undefined;
}

/** `snis` is no field of a row: the names become rows of their own. */
export const CERTIFICATE_SCHEMA: EntitySchema = {
  name: "certificates",
  primary_key: ["id"],
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestamp },
    { updated_at: typedefs.autoTimestamp },
    { cert: { type: "string", required: true, check: "certificate", referenceable: true } },
    { key: { type: "string", required: true, check: "key", referenceable: true, encrypted: true } },
    { cert_alt: { type: "string", required: false, check: "certificate", referenceable: true } },
    {
      key_alt: {
        type: "string",
        required: false,
        check: "key",
        referenceable: true,
        encrypted: true,
      },
    },
    { tags: typedefs.tags },
    {
      snis: {
        type: "array",
        required: false,
        transient: true,
        elements: { type: "string", check: "wildcard_host" },
      },
    },
  ],
  entity_checks: [
    { mutually_required: ["cert_alt", "key_alt"] },
    pairCheck("cert", "key", "certificate does not match key"),
    pairCheck("cert_alt", "key_alt", "alternative certificate does not match key"),
    { custom_entity_check: { field_sources: ["cert", "cert_alt"], fn: differentTypes } },
  ],
};
