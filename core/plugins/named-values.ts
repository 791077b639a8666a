/** What the transformers change: named values of a query, a form, parts or a JSON object. */

/** A value is a text, true, a list, or with JSON anything; undefined where the name is not there. */
export interface NamedValues {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  delete(name: string): void;
}
