/** How what a plugin does is written down for the gateway: the Write messages of Call, Done and ChunkDone. */
import { sized, varint } from "../wire/encode.ts";
import { encodeArguments } from "../wire/value.ts";

/** Operations with a short form, by their number in the contract. */
export const OP = {
  SERVICE_REQUEST_SET_HEADER: 1,
  SERVICE_REQUEST_ADD_HEADER: 2,
  SERVICE_REQUEST_CLEAR_HEADER: 3,
  RESPONSE_SET_HEADER: 4,
  RESPONSE_ADD_HEADER: 5,
  RESPONSE_CLEAR_HEADER: 6,
  RESPONSE_SET_STATUS: 7,
  NEXT_INSTANCE: 8,
} as const;

/** Field of the writes in Call and Done; in ChunkDone it is another. */
export const WRITES_TAG = "\x0a";
/** Field of the writes in ChunkDone. */
export const CHUNK_WRITES_TAG = "\x22";

const OP_TAG = "\x08";
const NAME_TAG = "\x12";
const VALUE_TAG = "\x1a";
const NUMBER_TAG = "\x20";
const ARGS_TAG = "\x2a";

/** A header that is set or added. @param value latin1, not empty */
export function headerWrite(op: number, name: string, value: string): string {
  const content = NAME_TAG + varint(name.length) + name + VALUE_TAG + varint(value.length) + value;
  return OP_TAG + String.fromCharCode(op) + content;
}

/** A header that is taken away. @param name a token */
export function clearWrite(op: number, name: string): string {
  return OP_TAG + String.fromCharCode(op) + sized(NAME_TAG, name);
}

/** @param status 100 to 599 */
export function statusWrite(status: number): string {
  return `${OP_TAG}\x07${NUMBER_TAG}${varint(status)}`;
}

/** Any function by its wire name. @throws {PdkError} for arguments that cannot be sent */
export function callWrite(name: string, args: readonly unknown[]): string {
  return sized(NAME_TAG, name) + encodeArguments(ARGS_TAG, args);
}

/** What follows is written by the next plugin of the event. */
export const NEXT_INSTANCE_WRITE = "\x08\x08";
