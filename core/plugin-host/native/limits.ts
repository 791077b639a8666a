/** Limits of the native protocol that no setting changes. */

/** Versions that the gateway speaks. */
export const PROTOCOL_VERSIONS: readonly number[] = [1];
/** Frames that a peer must accept whatever it says. */
export const PEER_FRAME_BYTES_MIN = 64 * 1024;
/** How long a new connection may take until the plugin server's Hello is here, in milliseconds. */
export const HELLO_MS = 5000;
/** Bytes that wait for a plugin server to read them; above that, events wait in the queue instead. */
export const WAITING_BYTES_MAX = 1024 * 1024;
/** Streams of a connection at a time. */
export const STREAMS_MAX = 65_535;
/** Writes that one message may carry. */
export const WRITES_MAX = 10_000;
/** A connection on which nothing came for so long, although something is under way, is asked whether it lives... */
export const PING_AFTER_MS = 10_000;
/** ...and closed if it says nothing for so long, in milliseconds. */
export const PONG_MS = 5000;
/** Entities that a connection knows by number; then all are forgotten. */
export const ENTITIES_MAX = 10_000;
/** Requests whose contexts are forgotten with one message; fewer go with the next tick of the clock. */
export const FORGET_BATCH = 64;
/** Bodies up to this size travel with the event, in bytes. */
export const BODY_BYTES_MAX = 64 * 1024;
/** kong.ctx.shared travels with the event up to this size, in characters, and to this depth. */
export const SHARED_CHARS_MAX = 4096;
/** Tables in tables of kong.ctx.shared; deeper ones are asked for when a plugin wants them. */
export const SHARED_DEPTH_MAX = 8;
/** Lines of a plugin server's log for each second and connection; what is above is counted. */
export const LOG_LINES_PER_SECOND = 1000;
/** Characters of a line that are kept. */
export const LOG_LINE_CHARS_MAX = 16 * 1024;
/** Log events wait for company: so many, so many bytes, so long in milliseconds. */
export const LOG_BATCH_EVENTS = 32;
/** In bytes of the write that they wait for. */
export const LOG_BATCH_BYTES = 32 * 1024;
/** From the first of them on. */
export const LOG_DELAY_MS = 5;
/** Longest text of a failure that goes into the log, in bytes. */
export const FAILURE_BYTES_MAX = 1000;
/** Cached answers: entries and bytes, for each plugin config. */
export const VERDICTS_MAX = 10_000;
/** Keys and messages together; one that is larger is not kept. */
export const VERDICT_BYTES_MAX = 4 * 1024 * 1024;
/** How long the event loop goes round, without sleeping, for the answer to the only event under way, in milliseconds. */
export const AWAKE_MS = 0.15;
/** Events for which it sleeps at most, after answers that took longer, until it tries again. */
export const AWAKE_SKIPPED_MAX = 1023;
