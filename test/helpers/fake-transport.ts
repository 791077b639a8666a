/** A transport whose socket is nobody's: a test feeds its owner with bytes, and reads what was written. */
import { EventEmitter } from "node:events";
import type net from "node:net";
import { Transport } from "../../core/http1/transport.ts";

class FakeSocket extends EventEmitter {
  readonly written: string[] = [];
  readonly writableLength = 0;
  isDestroyed = false;
  isReading = true;

  write(data: string | Buffer): boolean {
    this.written.push(typeof data === "string" ? data : data.toString("latin1"));
    return true;
  }

  pause(): this {
    this.isReading = false;
    return this;
  }

  resume(): this {
    this.isReading = true;
    return this;
  }

  end(): this {
    return this;
  }

  destroy(): this {
    if (!this.isDestroyed) {
      this.isDestroyed = true;
      this.emit("close");
    }
    return this;
  }
}

export interface FakeTransport {
  readonly transport: Transport;
  /** What the owner wrote, a text for each write. */
  readonly written: readonly string[];
  /** Would bytes be read that come now? */
  readonly isReading: boolean;
}

export function fakeTransport(): FakeTransport {
  const socket = new FakeSocket();
  return {
    transport: new Transport(socket as unknown as net.Socket),
    written: socket.written,
    get isReading() {
      return socket.isReading;
    },
  };
}
