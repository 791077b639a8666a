/**
 * llhttp, the parser of Node itself, as a second opinion on what bytes mean: the WebAssembly build that undici ships.
 *
 * Strict mode (no leniency flag is set). One call parses a whole byte stream and tells of every message in it, so that
 * a test can compare what two parsers saw, and what was left over.
 */
import { createRequire } from "node:module";

/** A message as llhttp saw it; text is latin1. */
export interface ParsedMessage {
  /** "" for a response. */
  method: string;
  target: string;
  /** 0 for a request. */
  status: number;
  /** Names and values in turn, as they stand on the wire; white space around values is taken off. */
  headers: string[];
  /** The same for the trailers of a chunked body. */
  trailers: string[];
  body: string;
  /** Was its end seen? */
  isComplete: boolean;
}

export interface ParseResult {
  readonly messages: readonly ParsedMessage[];
  /** "" or the name of llhttp's error. A 101 ends a stream without error. */
  readonly error: string;
  /** Bytes behind a 101, which belong to no message. */
  readonly left: number;
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(bytes: number): number;
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  llhttp_execute(parser: number, at: number, length: number): number;
  llhttp_finish(parser: number): number;
  llhttp_resume_after_upgrade(parser: number): void;
  llhttp_get_error_pos(parser: number): number;
  llhttp_get_method(parser: number): number;
  llhttp_errno_name(code: number): number;
  llhttp_method_name(method: number): number;
}

type Span = (parser: number, at: number, length: number) => number;
/** The part of WebAssembly that is needed; the types of Node leave it to those of browsers. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
};

const REQUEST = 1;
const RESPONSE = 2;
const PAUSED_UPGRADE = 22;
/** What `on_headers_complete` answers where a response has no body whatever its head says (HEAD). */
const SKIP_BODY = 1;
/** Bytes of the longest stream that is parsed. */
const INPUT_BYTES_MAX = 1 << 20;

let messages: ParsedMessage[] = [];
let skipsBodies = false;
let isTrailing = false;
/** Did the last span belong to a value? Then a name begins a new field. */
let wasValue = true;

const current = (): ParsedMessage => messages[messages.length - 1]!;
const textAt = (at: number, length: number): string =>
  Buffer.from(llhttp.memory.buffer, at, length).toString("latin1");
const fields = (): string[] => (isTrailing ? current().trailers : current().headers);

const onField: Span = (_parser, at, length) => {
  const list = fields();
  if (wasValue) list.push(textAt(at, length), "");
  else list[list.length - 2] += textAt(at, length);
  wasValue = false;
  return 0;
};

const onValue: Span = (_parser, at, length) => {
  const list = fields();
  list[list.length - 1] += textAt(at, length);
  wasValue = true;
  return 0;
};

const env = {
  wasm_on_message_begin: () => {
    const nothing = { method: "", target: "", status: 0, body: "", isComplete: false };
    messages.push({ ...nothing, headers: [], trailers: [] });
    isTrailing = false;
    wasValue = true;
    return 0;
  },
  wasm_on_url: ((_parser, at, length) => {
    current().target += textAt(at, length);
    return 0;
  }) satisfies Span,
  wasm_on_status: () => 0,
  wasm_on_header_field: onField,
  wasm_on_header_value: onValue,
  wasm_on_headers_complete: (parser: number, status: number) => {
    const message = current();
    message.status = status;
    if (status === 0)
      message.method = stringAt(llhttp.llhttp_method_name(llhttp.llhttp_get_method(parser)));
    isTrailing = true;
    wasValue = true;
    return skipsBodies ? SKIP_BODY : 0;
  },
  wasm_on_body: ((_parser, at, length) => {
    current().body += textAt(at, length);
    return 0;
  }) satisfies Span,
  wasm_on_message_complete: () => {
    current().isComplete = true;
    return 0;
  },
};

const bytes = createRequire(import.meta.url)("undici/lib/llhttp/llhttp-wasm.js") as Uint8Array;
const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
const llhttp = instance.exports as Exports;
const input = llhttp.malloc(INPUT_BYTES_MAX);

/** A text of C: up to its zero byte. */
function stringAt(at: number): string {
  const memory = new Uint8Array(llhttp.memory.buffer);
  return textAt(at, memory.indexOf(0, at) - at);
}

/** @param isLast no more bytes will come: llhttp is told so, which ends a body without length */
function parse(type: number, stream: Uint8Array, isLast: boolean): ParseResult {
  if (stream.length > INPUT_BYTES_MAX)
    throw new RangeError("stream too long for the test's parser");
  messages = [];
  const parser = llhttp.llhttp_alloc(type);
  new Uint8Array(llhttp.memory.buffer).set(stream, input);
  let code = llhttp.llhttp_execute(parser, input, stream.length);
  let left = 0;
  while (code === PAUSED_UPGRADE) {
    const at = llhttp.llhttp_get_error_pos(parser);
    left = stream.length - (at - input);
    if (type === RESPONSE) break;
    // whether a request upgrades anything is for its answer to say: what follows may be a request
    llhttp.llhttp_resume_after_upgrade(parser);
    code = llhttp.llhttp_execute(parser, at, left);
    left = 0;
  }
  if (code === PAUSED_UPGRADE) {
    code = 0;
  } else if (code === 0 && isLast) {
    code = llhttp.llhttp_finish(parser);
  }
  const error = code === 0 ? "" : stringAt(llhttp.llhttp_errno_name(code));
  llhttp.llhttp_free(parser);
  for (const message of messages) {
    const lists = [message.headers, message.trailers];
    for (const list of lists)
      for (let f = 1; f < list.length; f += 2) list[f] = list[f]!.replace(/^[ \t]+|[ \t]+$/g, "");
  }
  return { messages, error, left };
}

/** Parse requests, one after the other. */
export function parseRequests(stream: Uint8Array): ParseResult {
  skipsBodies = false;
  return parse(REQUEST, stream, true);
}

/** Parse responses. @param answersHead they have no body, whatever their heads say */
export function parseResponses(stream: Uint8Array, answersHead: boolean): ParseResult {
  skipsBodies = answersHead;
  return parse(RESPONSE, stream, true);
}

/** Every method that llhttp knows; it refuses others, also good tokens. */
export const KNOWN_METHODS: ReadonlySet<string> = new Set(
  Array.from({ length: 46 }, (_, method) => stringAt(llhttp.llhttp_method_name(method))),
);
