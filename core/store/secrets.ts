/**
 * Secrets in the rows that a worker serves requests with: where a schema says `referenceable`, what the reference names.
 *
 * The one place for plugins in the gateway, plugins behind plugin servers, and certificates: it is done once for each
 * configuration that comes into force, with that configuration's vault entities, before anybody reads its rows. The
 * primary, the Admin API and the store keep the references.
 */
import { dereference, type VaultAccess } from "../config/references.ts";
import { CERTIFICATE_SCHEMA } from "../entities/certificate.ts";
import { KEY_SCHEMA } from "../entities/key.ts";
import type { FieldList } from "../entities/schema/definition.ts";
import { referenceFields, type SecretOf, withSecrets } from "../entities/schema/references.ts";
import type { Vault } from "../entities/vault.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Row, Snapshot, SnapshotBuilder } from "./snapshot.ts";

/** Entities of the core that have such fields, besides the configs of plugins. */
const CORE_SCHEMAS = [CERTIFICATE_SCHEMA, KEY_SCHEMA];

/** The vaults of the settings with the vault entities of a configuration. */
export function vaultAccess(vaults: VaultAccess, rows: Pick<Snapshot, "unique">): VaultAccess {
  const { env, enabled, envPrefix } = vaults;
  return {
    env,
    enabled,
    envPrefix,
    entity: (prefix) => rows.unique("vaults", "prefix", prefix) as Vault | undefined,
  };
}

/** What fills in the rows of one configuration after the other. */
export class RowSecrets {
  readonly #vaults: VaultAccess;
  readonly #log: Logger;
  readonly #ofEntities = new Map<string, FieldList>();
  /** Fields of `config`, by plugin. */
  readonly #ofPlugins = new Map<string, FieldList>();

  constructor(vaults: VaultAccess, log: Logger) {
    this.#vaults = vaults;
    this.#log = log;
    for (const { name, fields } of CORE_SCHEMAS) {
      const found = referenceFields(fields);
      if (found !== null) this.#ofEntities.set(name, found);
    }
  }

  /** @param schema as registered: `{fields: [{config: {type: "record", fields: [...]}}]}`, checked by then */
  addPlugin(name: string, schema: unknown): void {
    const { fields } = schema as { fields?: FieldList };
    const config = fields?.find((one) => one.config !== undefined)?.config?.fields;
    const found = config === undefined ? null : referenceFields(config);
    if (found !== null) this.#ofPlugins.set(name, found);
  }

  /** All rows are there: those that refer to secrets get them. A reference that names none is a line in the log. */
  fill(rows: SnapshotBuilder): void {
    const secretOf = this.#reader(rows);
    for (const [entity, fields] of this.#ofEntities) {
      rows.replaceEach(entity, (row) => withSecrets(row, fields, secretOf));
    }
    if (this.#ofPlugins.size === 0) return;
    rows.replaceEach("plugins", (row) => {
      const fields = this.#ofPlugins.get(row.name as string);
      if (fields === undefined) return row;
      const config = withSecrets(row.config as Row, fields, secretOf);
      return config === row.config ? row : { ...row, config };
    });
  }

  /** Each reference is looked up, and complained of, once: thousands of rows may have the same. */
  #reader(rows: SnapshotBuilder): SecretOf {
    const known = new Map<string, string | null>();
    const access = vaultAccess(this.#vaults, rows);
    const fail = (reference: string, reason: string): null => {
      this.#log.warn({ reference, reason }, "unable to resolve reference");
      return null;
    };
    return (reference) => {
      let secret = known.get(reference);
      if (secret === undefined) {
        secret = dereference(reference, access, (reason) => fail(reference, reason));
        known.set(reference, secret);
      }
      return secret;
    };
  }
}
