/**
 * A plugin server of ProtoBuf:1 in this process, small enough to be understood: it starts instances and calls one PDK
 * function in each event, or hangs up, which is how go-pdk says every error.
 *
 * It reads and writes with the pieces of the TypeScript SDK, so the gateway's codec is not tested against itself.
 */
import { rmSync } from "node:fs";
import net from "node:net";
import { lengthTag, sized, varint } from "../../../plugin-sdk/typescript/wire/encode.ts";
import { Scan } from "../../../plugin-sdk/typescript/wire/scan.ts";

/** Field numbers of RpcCall, RpcReturn and what is in them; see proto/pluginsocket.proto. */
const SEQUENCE = 1;
const START = 33;
const CLOSE = 35;
const EVENT = 36;

const text = (number: number, value: string): string => sized(lengthTag(number), value);
const number = (field: number, value: number): string => varint(field * 8) + varint(value);
/** KV, the argument of set_header: a name and a google.protobuf.Value. */
const header = (name: string, value: string): string => text(1, name) + text(2, text(3, value));

function frame(payload: string): string {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(payload.length);
  return length.latin1Slice() + payload;
}

export class SmallProtobuf {
  /** The response header that an event sets; null: it hangs up instead. */
  header: readonly [name: string, value: string] | null = ["x-ran", "yes"];
  /** Hang up instead of starting an instance. */
  refuses = false;
  #instances = 0;
  readonly #path: string;
  readonly #server = net.createServer((socket) => this.#serve(socket));

  constructor(path: string) {
    this.#path = path;
  }

  async listen(): Promise<void> {
    rmSync(this.#path, { force: true });
    await new Promise<void>((resolve) => this.#server.listen(this.#path, resolve));
  }

  #serve(socket: net.Socket): void {
    let rest = "";
    let onResult: (() => void) | null = null;
    socket.on("error", () => {});
    socket.setEncoding("latin1");
    socket.on("data", (part: string) => {
      rest += part;
      while (rest.length >= 4) {
        const end = 4 + Buffer.from(rest.slice(0, 4), "latin1").readUInt32LE(0);
        if (rest.length < end) return;
        const payload = rest.slice(4, end);
        rest = rest.slice(end);
        if (onResult === null) onResult = this.#answer(socket, payload);
        else {
          onResult();
          onResult = null;
        }
      }
    });
  }

  /** @returns what follows the result of a PDK call; null where the call is answered */
  #answer(socket: net.Socket, payload: string): (() => void) | null {
    const call = new Scan(payload);
    let sequence = 0;
    let kind = 0;
    while (call.next()) {
      if (call.field === SEQUENCE) sequence = call.varint();
      else kind = call.field;
    }
    const returned = (more: string): void => {
      socket.write(frame(number(SEQUENCE, sequence) + more), "latin1");
    };
    if (kind === START || kind === CLOSE) {
      if (kind === START && this.refuses) return hangUp(socket);
      returned(
        text(START, text(1, "t-version") + number(2, kind === START ? ++this.#instances : 0)),
      );
      return null;
    }
    if (kind !== EVENT || this.header === null) return hangUp(socket);
    socket.write(frame("kong.response.set_header") + frame(header(...this.header)), "latin1");
    return () => {
      socket.write(frame(""), "latin1");
      returned("");
    };
  }
}

function hangUp(socket: net.Socket): null {
  socket.destroy();
  return null;
}
