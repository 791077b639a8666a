/**
 * Reading into one buffer that all connections share, instead of a new one of 64 KB for each read: most reads are a few
 * hundred bytes, and the collector is busy with the rest.
 *
 * Node offers this (`onread`) to sockets that connect, not to those that are accepted. So what it would have kept of the
 * option is put where it keeps it; where anything of that is not found, as in another runtime, the caller listens to
 * `data` events, which is the same but for the cost.
 */
import { Socket } from "node:net";

/** Bytes that one read may bring. */
const READ_BYTES = 64 * 1024;

const SHARED = Buffer.allocUnsafeSlow(READ_BYTES);

interface BufferedHandle {
  useUserBuffer?: (b: Uint8Array) => void;
}

/** Under which symbols a socket keeps the buffer and the callback of its option; null where it does not. */
function findKeys(): { buffer: symbol; callback: symbol } | null {
  const callback = (): boolean => true;
  const probe = new Socket({ onread: { buffer: SHARED, callback } } as object);
  const kept = probe as unknown as Record<symbol, unknown>;
  const keys = Object.getOwnPropertySymbols(probe);
  const buffer = keys.find((key) => kept[key] === SHARED);
  const called = keys.find((key) => kept[key] === callback);
  probe.destroy();
  return buffer === undefined || called === undefined ? null : { buffer, callback: called };
}

const keys = findKeys();

/**
 * Have an accepted socket read into the shared buffer. Call it before anything was read.
 *
 * @param onBytes gets what has come; the bytes are good until it returns
 * @returns false where that is not to be had: nothing was changed
 */
export function readShared(socket: Socket, onBytes: (bytes: Buffer) => void): boolean {
  const handle = (socket as unknown as { _handle?: BufferedHandle | null })._handle;
  if (keys === null || typeof handle?.useUserBuffer !== "function") return false;
  const kept = socket as unknown as Record<symbol, unknown>;
  kept[keys.buffer] = SHARED;
  kept[keys.callback] = (length: number): boolean => {
    onBytes(SHARED.subarray(0, length));
    return true;
  };
  handle.useUserBuffer(SHARED);
  return true;
}
