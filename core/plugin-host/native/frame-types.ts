/** Numbers of proto/dragoman/plugin.proto that both sides put into frames and messages. A test holds them to it. */

/** What a frame carries. */
export const FRAME = {
  HELLO: 1,
  START: 2,
  STARTED: 3,
  START_FAILED: 4,
  STOP: 5,
  ENTITY: 6,
  FORGET_ENTITIES: 7,
  EVENT: 8,
  CALL: 9,
  RESULT: 10,
  DONE: 11,
  CHUNK: 12,
  CHUNK_DONE: 13,
  CANCEL: 14,
  FORGET: 15,
  LOG: 16,
  PING: 17,
  PONG: 18,
  DRAINING: 19,
} as const;

/** Why the gateway wants no answer any more. */
export const CANCEL = { DEADLINE: 1, CLIENT_GONE: 2, REFUSED: 3, EXITED: 4 } as const;

/** Write.Op. */
export const OP = {
  CALL: 0,
  SERVICE_REQUEST_SET_HEADER: 1,
  SERVICE_REQUEST_ADD_HEADER: 2,
  SERVICE_REQUEST_CLEAR_HEADER: 3,
  RESPONSE_SET_HEADER: 4,
  RESPONSE_ADD_HEADER: 5,
  RESPONSE_CLEAR_HEADER: 6,
  RESPONSE_SET_STATUS: 7,
  NEXT_INSTANCE: 8,
} as const;

/** Event.Body. */
export const BODY = { ASK: 0, NONE: 1, HERE: 2 } as const;

/** Event.Source. */
export const SOURCE = { NONE: 0, SERVICE: 1, EXIT: 2, ERROR: 3 } as const;

/** Entity.Kind. */
export const ENTITY = { ROUTE: 1, SERVICE: 2, CONSUMER: 3, CREDENTIAL: 4 } as const;

/** CachePart.Kind. */
export const CACHE_PART = {
  METHOD: 1,
  HOST: 2,
  PATH: 3,
  HEADER: 4,
  QUERY: 5,
  CLIENT_IP: 6,
  ROUTE: 7,
  SERVICE: 8,
  CONSUMER: 9,
} as const;
