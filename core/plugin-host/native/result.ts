/** The answer to a Call, as bytes. */
import { bytesField, textField } from "../protobuf/wire.ts";
import { writeValue } from "./values.ts";

/**
 * @param why the reason why there is no value (Kong's second result); null where none was given
 * @throws {UnreadableProtobuf} for a value that is nested too deeply
 */
export function writeResult(result: unknown, why: string | null): string {
  const value = writeValue(result);
  if (value !== "") return bytesField(1, value);
  return why === null ? "" : textField(2, why);
}
