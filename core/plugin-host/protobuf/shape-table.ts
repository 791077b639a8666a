/**
 * Messages of a protobuf contract as a table of their fields, for the codecs of messages that are not on the hot way.
 *
 * A line a message, `number name type` for each field: `*` before the type for repeated, `?` for a field of a choice.
 */

/** A message as a plain object, with the field names of the contract. */
export type Fields = Record<string, unknown>;

/** A field of a shape. */
export interface Field {
  readonly number: number;
  readonly name: string;
  /** A scalar type of the codec's, or the name of a shape. */
  readonly type: string;
  readonly isRepeated: boolean;
  readonly isChoice: boolean;
}

/** By the message's name in the contract. */
export type Shapes = ReadonlyMap<string, readonly Field[]>;

/** @param table in the form above; it is ours, so nothing in it is checked */
export function parseShapes(table: Readonly<Record<string, string>>): Shapes {
  return new Map(Object.entries(table).map(([name, text]) => [name, parseFields(text)]));
}

function parseFields(text: string): readonly Field[] {
  return text.split(", ").map((one) => {
    const [number = "", name = "", type = ""] = one.split(" ");
    const mark = type.charAt(0);
    const isRepeated = mark === "*";
    const isChoice = mark === "?";
    const plain = isRepeated || isChoice ? type.slice(1) : type;
    return { number: Number(number), name, type: plain, isRepeated, isChoice };
  });
}

/** @throws {TypeError} for a name that the table does not have: a fault of the gateway's own */
export function shapeOf(shapes: Shapes, name: string): readonly Field[] {
  const shape = shapes.get(name);
  if (shape === undefined) throw new TypeError(`no message ${name}`);
  return shape;
}
