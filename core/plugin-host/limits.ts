/** Limits of the conversation with plugin servers that no setting changes. */

/** Largest message accepted from a plugin server, and largest one sent, in bytes. */
export const FRAME_BYTES_MAX = 16 * 1024 * 1024;
/** Nesting of lists and maps accepted in a message, and sent. */
export const NESTING_MAX = 64;
/** PDK calls that one event may make. */
export const CALLS_PER_EVENT_MAX = 10_000;
/** How often an event goes back to its start because its instance was lost before the plugin did anything. */
export const RESTARTS_PER_EVENT_MAX = 1;
/** Connections that wait for work, for each process of a plugin server. */
export const IDLE_CONNECTIONS_MAX = 64;
/** How long a plugin may go on after its event is over (it called exit, or a call was refused), in milliseconds. */
export const WIND_DOWN_MS = 1000;
/** How long the answer to a refused PDK call is held back, in milliseconds, and how many at most. */
export const LATE_ANSWER_MS = 60_000;
/** Beyond these a refused call is answered at once, in the worker. */
export const LATE_ANSWERS_MAX = 256;
/** PDK calls that are refused one by one while an event winds down. */
export const WIND_DOWN_CALLS_MAX = 32;
/** First and longest wait between two looks whether a plugin server accepts connections, in milliseconds. */
export const LOOK_AGAIN_MS = 10;
/** Each look doubles the wait up to this. */
export const LOOK_AGAIN_MS_MAX = 200;
/** Silent events in a row after which a plugin server counts as stuck and is started anew. */
export const STUCK_EVENTS = 8;
/** How long a worker keeps away from a process that is to be replaced, if it hears nothing more, in milliseconds. */
export const DRAIN_FORGET_MS = 15_000;
/** Events that nobody waits for (log) and that wait for their turn, for each plugin server and worker. */
export const BACKGROUND_QUEUE_MAX = 4096;
