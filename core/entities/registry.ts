/**
 * All entities that a gateway knows: those of the core, and those that plugins bring along.
 *
 * One registry belongs to one gateway; plugins of our own and plugin servers register their schemas when it starts.
 */
import { CA_CERTIFICATE_SCHEMA } from "./ca-certificate.ts";
import { CERTIFICATE_SCHEMA } from "./certificate.ts";
import { CONSUMER_SCHEMA } from "./consumer.ts";
import {
  CLUSTERING_DATA_PLANE_SCHEMA,
  FILTER_CHAIN_SCHEMA,
  PARAMETER_SCHEMA,
  TAG_SCHEMA,
  WORKSPACE_SCHEMA,
} from "./housekeeping.ts";
import { KEY_SCHEMA, KEY_SET_SCHEMA } from "./key.ts";
import { pluginSchema, type TagsCheck } from "./plugin.ts";
import {
  type PatternCheck,
  type RouterFlavor,
  routeSchema,
  routeSubschemas,
} from "./route-schema.ts";
import { createCompiler } from "./schema/compile.ts";
import type { EntitySchema } from "./schema/definition.ts";
import { EntityType } from "./schema/entity.ts";
import { InvalidPluginSchema, readPluginSchema } from "./schema/metaschema.ts";
import { SERVICE_SCHEMA } from "./service.ts";
import { SNI_SCHEMA } from "./sni.ts";
import { TARGET_SCHEMA } from "./target.ts";
import { UPSTREAM_SCHEMA } from "./upstream.ts";
import { VAULT_SCHEMA, VAULT_SUBSCHEMAS } from "./vault.ts";

/** What rooms above know of values that a schema cannot check. */
interface RegistryOptions {
  readonly routerFlavor?: RouterFlavor;
  /** Which patterns of Routes can be matched; without it every pattern that is well-formed. */
  readonly checkPattern?: PatternCheck;
  /** Which tags plugin configs may have, beyond what Kong says of tags. */
  readonly checkTags?: TagsCheck;
}

/** The entity that holds another's rows in a list, and the foreign field that leads back. */
interface ChildList {
  readonly entity: string;
  readonly field: string;
}

/** The entities and plugin schemas of one version of the settings. Register all before anything is read with it. */
export class EntityRegistry {
  readonly #entities = new Map<string, EntityType>();
  readonly #compiler = createCompiler((name) => this.#entities.get(name)?.record);
  readonly #children = new Map<string, Map<string, ChildList>>();

  constructor(options: RegistryOptions = {}) {
    const flavor = options.routerFlavor ?? "traditional_compatible";
    // Kong's order of core entities
    const schemas = [
      ...[WORKSPACE_SCHEMA, CONSUMER_SCHEMA, CERTIFICATE_SCHEMA, SERVICE_SCHEMA],
      ...[
        routeSchema(flavor, options.checkPattern),
        SNI_SCHEMA,
        UPSTREAM_SCHEMA,
        TARGET_SCHEMA,
        pluginSchema(options.checkTags),
      ],
      ...[TAG_SCHEMA, CA_CERTIFICATE_SCHEMA, CLUSTERING_DATA_PLANE_SCHEMA, PARAMETER_SCHEMA],
      ...[VAULT_SCHEMA, KEY_SET_SCHEMA, KEY_SCHEMA, FILTER_CHAIN_SCHEMA],
    ];
    for (const schema of schemas) this.registerEntity(schema);
    for (const [name, sub] of Object.entries(routeSubschemas(flavor))) {
      this.entity("routes").registerSubschema(name, sub);
    }
    for (const [name, sub] of Object.entries(VAULT_SUBSCHEMAS)) {
      this.entity("vaults").registerSubschema(name, sub);
    }
  }

  /**
   * Adds an entity of a plugin, such as its credentials. One that is there already stays.
   *
   * @throws {SyntaxError} if its schema cannot be compiled
   */
  registerEntity(schema: EntitySchema): void {
    if (this.#entities.has(schema.name)) return;
    const type = new EntityType(schema, this.#compiler);
    this.#entities.set(schema.name, type);
    for (const { field, entity } of type.foreigns) {
      const lists = this.#children.get(entity) ?? new Map<string, ChildList>();
      this.#children.set(entity, lists.set(schema.name, { entity: schema.name, field }));
    }
  }

  /**
   * Registers or replaces the schema of a plugin.
   *
   * @param schema as Kong writes it: `{name, fields: [{config: {type: "record", fields: [...]}}], entity_checks?}`
   * @throws {InvalidPluginSchema} if it is none; an earlier one stays then
   */
  registerPluginSchema(name: string, schema: unknown): void {
    const read = readPluginSchema(name, schema);
    try {
      this.entity("plugins").registerSubschema(name, read);
    } catch (cause) {
      throw new InvalidPluginSchema(name, (cause as Error).message, { cause });
    }
  }

  /** Whether plugin configs may name this plugin. */
  hasPlugin(name: string): boolean {
    return this.entity("plugins").subschema(name) !== undefined;
  }

  /** @throws {RangeError} if there is no such entity; ask {@link find} if that is possible */
  entity(name: string): EntityType {
    const type = this.#entities.get(name);
    if (type === undefined) throw new RangeError(`there is no entity named ${name}`);
    return type;
  }

  find(name: string): EntityType | undefined {
    return this.#entities.get(name);
  }

  /** In order of registration, those of the core first. */
  names(): string[] {
    return [...this.#entities.keys()];
  }

  /** Entities that refer to this one, by name: what may be listed inside of its rows. */
  childrenOf(name: string): ReadonlyMap<string, ChildList> {
    return this.#children.get(name) ?? NO_CHILDREN;
  }
}

const NO_CHILDREN: ReadonlyMap<string, ChildList> = new Map();
