/**
 * What a {@link Link} needs of whatever carries its bytes. A socket of the engine has it as it is (http1/transport.ts);
 * gRPC has its own (grpc/grpc-transport.ts). Everything above this line is the same for both.
 */
import type { DrainListener, TransportOwner } from "../../http1/transport.ts";

/** Carries bytes in order, and tells its owner when that is over; never reconnects. */
export interface LinkTransport {
  /** Told what arrives, and once that nothing does any more; set before the first of it. */
  owner: TransportOwner | null;
  /** What it ended with: the name of an error (ECONNREFUSED), or a sentence; "" where the peer just closed it. */
  readonly errorCode: string;
  /** The greeting that comes before frames. @returns false: wait for a drain before more is written */
  writeText(text: string): boolean;
  /** Whole frames: `text` is "" and `b[start..end)` is valid during the call. @returns as above */
  writeTextAndBytes(text: string, b: Buffer, start: number, end: number): boolean;
  /** Call `listener` once when what was written has left. */
  onceDrained(listener: DrainListener): void;
  /** Close at once; what was not sent is lost. */
  close(): void;
}

/** How connections to one address are opened; `connected` is called later, when writing may begin. */
export type Dial = (connected: () => void) => LinkTransport;
