/**
 * Reads from and writes to a socket's handle, past the streams that Node puts in front of it.
 *
 * Writing: the kernel takes nearly every message at once. A Writable does not know that beforehand: for each one it makes a request
 * object, a closure and a tick (measured: 1 us and more of a message). Here one request object stands ready for all sockets,
 * and only a write that the kernel did not take whole uses it up. libuv keeps the order of what is written to a handle,
 * so whoever writes here must not write to the socket's own Writable as well.
 *
 * Reading: bytes go from the handle to their owner; the end of a connection and its errors are left to Node.
 *
 * There is no public interface to a handle. Where the names that are used are missing ({@link handleOf} gives null) the
 * transport writes to the socket.
 */
import type net from "node:net";

/** A write that the kernel has not taken whole; `buffer` keeps its bytes alive. */
interface WriteRequest {
  oncomplete: ((this: WriteRequest, status: number) => void) | null;
  buffer: Uint8Array | null;
  done: ((code: number) => void) | null;
  /** The whole of the buffer for pieces that `buffer` is a part of. */
  own: Buffer | null;
}

/** What we touch of a handle. A write returns 0, or an error as libuv numbers them. */
export interface StreamHandle {
  /** Called when bytes have come, or an end, or an error; its result may be a new buffer to read into. */
  onread: (this: StreamHandle, unused: unknown) => unknown;
  /** Node's own note whether it reads. */
  reading?: boolean;
  readStart(): number;
  readStop(): number;
  writeLatin1String(request: WriteRequest, text: string): number;
  writeBuffer(request: WriteRequest, b: Uint8Array): number;
}

interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest;
  /** Results of the last call, by the index below. */
  readonly streamBaseState: Int32Array;
  readonly kLastWriteWasAsync: number;
  readonly kReadBytesOrError: number;
}

type Binding = (name: string) => Partial<StreamBinding>;

function loadBinding(): StreamBinding | null {
  try {
    const { binding } = process as unknown as { binding: Binding };
    const { WriteWrap, streamBaseState, kLastWriteWasAsync, kReadBytesOrError } = binding.call(
      process,
      "stream_wrap",
    );
    if (WriteWrap === undefined || streamBaseState === undefined) return null;
    if (kLastWriteWasAsync === undefined || kReadBytesOrError === undefined) return null;
    return { WriteWrap, streamBaseState, kLastWriteWasAsync, kReadBytesOrError };
  } catch {
    return null; // a Node without it
  }
}

const binding = loadBinding();
const state = binding?.streamBaseState ?? new Int32Array(0);
const ASYNC = binding?.kLastWriteWasAsync ?? 0;
const READ = binding?.kReadBytesOrError ?? 0;

/** The request object that the next write has at hand. */
let spare: WriteRequest | null = binding === null ? null : new binding.WriteWrap();

/** Bytes of a message that are put together in a buffer of all sockets; longer ones get a Buffer of their own. */
export const OUT_BYTES = 40 * 1024;
/** Most messages fit in the smallest, pieces of a long body in the next: where the kernel takes none, little is held. */
const OUT_SIZES = [16 * 1024, 32 * 1024, OUT_BYTES] as const;
const PIECE = 1;
const outs: Buffer[] = OUT_SIZES.map((size) => Buffer.allocUnsafeSlow(size));
/**
 * Those for pieces that the kernel has taken late. Without them each write to a slow client leaves a buffer to the garbage,
 * and V8 lets some ten megabytes of those pile up.
 */
const usedPieces: Buffer[] = [];
const USED_PIECES_MAX = 32;

/** What {@link writeText} and the others say of a write. */
export const WRITTEN = 0;
/** The kernel took a part or nothing; `done` will be called. */
export const QUEUED = 1;
// below 0: an error as libuv numbers them; nothing more will be written

/** The handle of a connected socket; null where it cannot be written to directly. */
export function handleOf(socket: net.Socket): StreamHandle | null {
  const handle = (socket as unknown as { _handle?: Partial<StreamHandle> | null })._handle;
  if (spare === null || handle === null || handle === undefined) return null;
  const { writeLatin1String, writeBuffer, onread } = handle;
  if (typeof writeLatin1String !== "function" || typeof writeBuffer !== "function") return null;
  if (typeof onread !== "function") return null;
  return handle as StreamHandle;
}

/**
 * Have bytes handed to `onBytes` as they come. They are where the socket reads to: its `onread` buffer.
 *
 * @param onBytes told how many have come
 */
export function readDirectly(handle: StreamHandle, onBytes: (n: number) => void): void {
  const { onread } = handle;
  handle.onread = function (unused) {
    const n = state[READ]!;
    if (n <= 0) return onread.call(this, unused);
    onBytes(n);
  };
}

/** Read no more until {@link readOn}. @returns false where it does not read anyway */
export function stopReading(handle: StreamHandle): boolean {
  if (handle.reading !== true) return false;
  handle.reading = false;
  handle.readStop();
  return true;
}

/** Read on where {@link stopReading} was the last word; where it reads already nothing happens. */
export function readOn(handle: StreamHandle): void {
  if (handle.reading === true) return; // somebody else has begun again
  handle.reading = true;
  handle.readStart();
}

/** @param done called with 0 or an error, later and only where QUEUED is returned */
export function writeText(
  handle: StreamHandle,
  text: string,
  done: (code: number) => void,
): number {
  const code = handle.writeLatin1String(spare!, text);
  return code === 0 && state[ASYNC] === 0 ? WRITTEN : settle(code, null, done);
}

/** Bytes that stay as they are until they are written. */
export function writeBytes(
  handle: StreamHandle,
  b: Uint8Array,
  done: (code: number) => void,
): number {
  const code = handle.writeBuffer(spare!, b);
  return code === 0 && state[ASYNC] === 0 ? WRITTEN : settle(code, b, done);
}

/** Text and b[start..end), together {@link OUT_BYTES} at most; they may change as soon as this returns. */
export function writeCopied(
  handle: StreamHandle,
  text: string,
  b: Buffer,
  start: number,
  end: number,
  done: (code: number) => void,
): number {
  const at = text.length;
  const size = at + end - start;
  const which = size <= OUT_SIZES[0] ? 0 : size <= OUT_SIZES[PIECE] ? PIECE : 2;
  const into = outs[which]!;
  if (at > 0) into.latin1Write(text, 0);
  b.copy(into, at, start, end);
  const bytes = into.subarray(0, size);
  const code = handle.writeBuffer(spare!, bytes);
  if (code === 0 && state[ASYNC] === 0) return WRITTEN;
  const result = settle(code, bytes, done, which === PIECE ? into : null);
  if (result !== QUEUED) return result;
  // the old one belongs to the kernel's queue
  const next = which === PIECE ? usedPieces.pop() : undefined;
  outs[which] = next ?? Buffer.allocUnsafeSlow(OUT_SIZES[which]);
  return result;
}

function onComplete(this: WriteRequest, status: number): void {
  const { own, done } = this;
  if (own !== null && usedPieces.length < USED_PIECES_MAX) usedPieces.push(own);
  this.own = null;
  done!(status);
}

/** A write that failed, or that goes on without us. */
function settle(
  code: number,
  b: Uint8Array | null,
  done: (code: number) => void,
  own: Buffer | null = null,
): number {
  if (code !== 0) return code < 0 ? code : EINVAL; // a handle that was closed meanwhile may answer with nothing
  const request = spare!;
  request.buffer = b;
  request.own = own;
  request.done = done;
  request.oncomplete = onComplete;
  spare = new binding!.WriteWrap();
  return QUEUED;
}

const EINVAL = -22;
