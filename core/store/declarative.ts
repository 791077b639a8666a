/**
 * Declarative configuration: text or object -> rows by entity, or everything that is wrong with it.
 *
 * All or nothing: rows come only from a document in which no error was found. The way: read the text, carry old formats
 * over, collect the rows wherever they are nested, check each against its schema, then what holds between rows.
 */
import { createHash } from "node:crypto";
import type { EntityRegistry } from "../entities/registry.ts";
import type { FieldErrors, Table } from "../entities/schema/definition.ts";
import { expectedType, REQUIRED, UNKNOWN_FIELD } from "../entities/schema/messages.ts";
import { isList, isTable } from "../entities/schema/tables.ts";
import { DeclarativeErrors, type Fault, pathText } from "./declarative-errors.ts";
import { type FlattenedError, flattenErrors } from "./declarative-flatten.ts";
import { checkItems, type ItemList, ItemReader } from "./declarative-items.ts";
import { LineIndex } from "./declarative-lines.ts";
import { migrateDocument } from "./declarative-migrate.ts";
import { addErrorsOfNames, hasUnusualReferences } from "./declarative-names.ts";
import { References } from "./declarative-references.ts";
import { depthError, readText, type TextError, type TextFormat } from "./declarative-text.ts";
import type { Row } from "./snapshot.ts";

/** Versions of the document's format that are understood. */
const FORMAT_VERSIONS = ["1.1", "2.1", "3.0"] as const;
/** Hash of a gateway without any configuration. */
export const EMPTY_HASH = "0".repeat(32);

interface DeclarativeOptions {
  readonly registry: EntityRegistry;
  /** Named in errors. */
  readonly filename?: string;
  readonly format?: TextFormat;
}

/** A document without errors. */
export interface DeclarativeConfig {
  readonly ok: true;
  /** Finished rows by entity and in order of declaration, rows that are listed inside of a row before it. */
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  /** The same before passwords were hashed and digests made: what POST /config answers with. */
  readonly given: ReadonlyMap<string, readonly Row[]>;
  /** MD5 in 32 hexadecimal digits. */
  readonly hash: string;
}

/** An error for people. */
interface ErrorLine {
  /** "services[1].routes[2].paths[1]"; empty for the document as a whole. */
  readonly path: string;
  /** From 1; undefined if the configuration did not come as text. */
  readonly line: number | undefined;
  readonly message: string;
  /** "kong.yml:12: services[1].port: expected an integer". */
  readonly text: string;
}

/** A document that is refused, with its errors in the forms that clients and people read. */
export interface InvalidConfig {
  readonly ok: false;
  /** Kong's nested object; `{error}` if the text could not be read at all. */
  readonly errors: FieldErrors;
  /** The same by entity (`flatten_errors`); what belongs to none stays in `rest`. */
  flatten(): { readonly flattened: readonly FlattenedError[]; readonly rest: FieldErrors };
  readonly lines: readonly ErrorLine[];
  readonly hash: string;
}

/** Look at `ok`. */
export type DeclarativeResult = DeclarativeConfig | InvalidConfig;

/** MD5 of the text in 32 hexadecimal digits: Kong's `configuration_hash`, no protection against anybody. */
export function hashOf(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/** Reads a configuration from its text. */
export function parseDeclarative(text: string, options: DeclarativeOptions): DeclarativeResult {
  const hash = hashOf(text);
  const read = readText(text, options.format ?? formatOf(options.filename));
  if ("error" in read) return unreadable(read.error, options, hash);
  return new DocumentReader(options, hash, text).read(read.value);
}

/**
 * Reads a configuration that came as an object, such as the JSON body of POST /config.
 *
 * @param hash that of the text it came in; else that of its JSON
 */
export function parseDeclarativeObject(
  value: unknown,
  options: DeclarativeOptions,
  hash?: string,
): DeclarativeResult {
  const error = depthError(value); // first: whatever walks through it is bounded by that
  if (error !== undefined) return unreadable(error, options, hash ?? EMPTY_HASH);
  const ofValue = hash ?? hashOf(JSON.stringify(value));
  return new DocumentReader(options, ofValue, undefined).read(value);
}

function formatOf(filename: string | undefined): TextFormat {
  if (filename === undefined) return "auto";
  return filename.endsWith(".json") ? "json" : /\.ya?ml$/.test(filename) ? "yaml" : "auto";
}

function unreadable(
  { message, line }: TextError,
  options: DeclarativeOptions,
  hash: string,
): InvalidConfig {
  const error = `failed parsing declarative configuration: ${message}`;
  const errors: FieldErrors = { error };
  const text = lineText(options.filename, line, "", message);
  return {
    ok: false,
    errors,
    flatten: () => ({ flattened: [], rest: errors }),
    lines: [{ path: "", line, message, text }],
    hash,
  };
}

function lineText(
  filename: string | undefined,
  line: number | undefined,
  path: string,
  message: string,
): string {
  const place = [filename, line].filter((part) => part !== undefined).join(":");
  return [place, path, message].filter((part) => part !== "").join(": ");
}

class DocumentReader {
  readonly #options: DeclarativeOptions;
  readonly #hash: string;
  readonly #text: string | undefined;
  readonly #errors = new DeclarativeErrors();

  constructor(options: DeclarativeOptions, hash: string, text: string | undefined) {
    this.#options = options;
    this.#hash = hash;
    this.#text = text;
  }

  read(value: unknown): DeclarativeResult {
    if (!isTable(value)) {
      const error = { message: "expected an object", line: undefined };
      return unreadable(error, this.#options, this.#hash);
    }
    const { registry } = this.#options;
    const document = migrateDocument(value);
    this.#checkTop(document);
    const reader = new ItemReader(registry, this.#errors);
    const lists = reader.read(document);
    const { items } = reader;
    const looked = checkItems(items, this.#errors);
    if (!this.#errors.isEmpty || hasUnusualReferences(items)) {
      addErrorsOfNames(
        items.slice(0, looked),
        new References(registry, new DeclarativeErrors()),
        this.#errors,
      );
      if (!this.#errors.isEmpty) return this.#invalid(document, lists);
    }
    const references = new References(registry, this.#errors);
    references.index(items);
    references.resolve();
    if (this.#errors.isEmpty) references.checkUnique(registry);
    if (!this.#errors.isEmpty) return this.#invalid(document, lists, true);
    return this.#valid(references, document._transform !== false);
  }

  /** Everything at the top of a document that is not a list of rows. */
  #checkTop(document: Table): void {
    const errors = this.#errors;
    const { _format_version: version, _transform: transform, _comment: comment } = document;
    if (version === undefined || version === null) errors.add(["_format_version"], REQUIRED);
    else if (typeof version !== "string") errors.add(["_format_version"], expectedType("string"));
    else if (!(FORMAT_VERSIONS as readonly string[]).includes(version)) {
      errors.add(["_format_version"], `expected one of: ${FORMAT_VERSIONS.join(", ")}`);
    }
    if ((transform ?? null) !== null && typeof transform !== "boolean") {
      errors.add(["_transform"], expectedType("boolean"));
    }
    if ((comment ?? null) !== null && typeof comment !== "string") {
      errors.add(["_comment"], expectedType("string"));
    }
    if ((document._ignore ?? null) !== null && !isList(document._ignore)) {
      errors.add(["_ignore"], expectedType("array"));
    }
    for (const name in document) {
      if (TOP.has(name)) continue;
      const isEntity = this.#options.registry.find(name) !== undefined && name !== "tags";
      if (isEntity) continue;
      const position = Array.isArray(document) ? Number(name) : undefined;
      if (position === undefined) errors.add([name], UNKNOWN_FIELD);
      else errors.addElsewhere([String(position + 1)], UNKNOWN_FIELD, [position]);
    }
  }

  #valid(references: References, isTransformed: boolean): DeclarativeConfig {
    const rows = new Map<string, readonly Row[]>();
    const given = new Map<string, readonly Row[]>();
    const { registry } = this.#options;
    for (const name of registry.names()) {
      const items = references.rows(name);
      if (items.size === 0) continue;
      const plain = [...items.values()].map((item) => item.row as Row);
      const { transform } = registry.entity(name).schema;
      given.set(name, plain);
      rows.set(
        name,
        transform && isTransformed ? plain.map((row) => changed(row, transform)) : plain,
      );
    }
    // a document without rows is no configuration: the gateway is not ready by it
    return { ok: true, rows, given, hash: rows.size === 0 ? EMPTY_HASH : this.#hash };
  }

  #invalid(document: Table, lists: readonly ItemList[], hasIds = false): InvalidConfig {
    const { fields, faults } = this.#errors;
    const { registry } = this.#options;
    return {
      ok: false,
      errors: fields,
      flatten: () => flattenErrors(fields, { document, lists, registry, hasIds }),
      lines: this.#lines(faults),
      hash: this.#hash,
    };
  }

  #lines(faults: readonly Fault[]): ErrorLine[] {
    const index = this.#text === undefined ? undefined : new LineIndex(this.#text);
    return faults.map(({ path, message }) => {
      const line = index?.lineOf(path);
      const shown = pathText(path);
      return {
        path: shown,
        line,
        message,
        text: lineText(this.#options.filename, line, shown, message),
      };
    });
  }
}

const TOP: ReadonlySet<string> = new Set(["_format_version", "_transform", "_comment", "_ignore"]);

function changed(row: Row, transform: (row: Table) => void): Row {
  const copy: Table = { ...row };
  transform(copy);
  return copy as Row;
}
