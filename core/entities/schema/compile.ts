/** Makes the compiler of schemas that belongs to a registry of entities. */
import type { CompiledRecord, Compiler } from "./compiled.ts";
import { compileField } from "./field.ts";
import { SchemaRecord } from "./record.ts";

/** @param reference finds the record of an entity when a value is checked, not when the schema is compiled */
export function createCompiler(
  reference: (entity: string) => CompiledRecord | undefined,
): Compiler {
  const compiler: Compiler = {
    field: (name, schema) => compileField(name, schema, compiler),
    record: (schema) => new SchemaRecord(schema, compiler),
    reference,
  };
  return compiler;
}
