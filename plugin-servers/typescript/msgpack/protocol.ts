/** MsgPack:1 beside the native protocol, on the same socket, for Kong. */
import type { GuestProtocol } from "../../../plugin-sdk/typescript/server/guest.ts";
import { Conversation } from "./conversation.ts";
import { type MsgpackOptions, MsgpackServer } from "./server.ts";

/** The protocol's name in a query command's answer. */
export const MSGPACK_1 = "MsgPack:1";

/** A request is a list of four, whichever of its forms the sender takes; the native preamble begins with a letter. */
const LISTS: ReadonlySet<number> = new Set([0x94, 0xdc, 0xdd]);

/** One server for all connections that are opened with it. */
export function msgpackProtocol(options: MsgpackOptions): GuestProtocol {
  const server = new MsgpackServer(options);
  return {
    begins: (byte) => LISTS.has(byte),
    open: (side) => new Conversation(server, side),
  };
}
