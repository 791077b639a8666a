/** Limits of MsgPack:1 that no setting changes. */

/** Longest message that is taken, in bytes; a gateway of ours sends at most 16 MiB. */
export const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;
/** Events at a time. Kong says nothing when it gives one up, so above that the oldest is dropped. */
export const EVENTS_MAX = 10_000;
/** Events after an exit that are remembered, for a gateway that asks for their end. */
export const EXITED_MAX = 1000;
/** Plugin configs in force. Kong does not say when it needs one no longer: the one not used for longest is dropped. */
export const INSTANCES_MAX = 10_000;
/** PDK calls of one event that wait for the one before them. */
export const CALLS_WAITING_MAX = 1000;
/** Longest text of an error, in characters. */
export const ERROR_CHARS_MAX = 1000;
