/**
 * Reading and decoding what a client sends: JSON, forms, multipart, and YAML where the endpoint takes it.
 *
 * A type counts by its first letters and in small case, as in Kong: `application/json; charset=utf-8` is JSON, and so is
 * `application/json-patch+json`; `Application/JSON` is nothing. Forms are taken, so a page in an administrator's browser
 * can write where it cannot read: what guards the API is where it listens.
 */
import type { IncomingMessage } from "node:http";
import { type Answer, message, page } from "./answer.ts";
import { type ArgumentTable, nestArguments, splitArguments } from "./arguments.ts";
import { boundaryOf, parseMultipart } from "./multipart.ts";

/** What a client has sent, decoded and not checked. */
export type RequestBody =
  /** There was none, or none that counts for this method. */
  | { readonly kind: "none" }
  /** A JSON object or list. */
  | { readonly kind: "json"; readonly value: object }
  /** From a form or from parts: the values are text, see infer.ts. */
  | { readonly kind: "form"; readonly value: ArgumentTable }
  /** Text that is YAML, or JSON, which is YAML too. */
  | { readonly kind: "yaml"; readonly text: string };

/** One for all. */
export const NO_BODY: RequestBody = { kind: "none" };

const BAD_JSON = message(400, "Cannot parse JSON body");
/** More than ARGUMENTS_MAX, in a query or a form. */
export const TOO_MANY_ARGUMENTS = message(400, "Too many arguments");
const UNSUPPORTED_TYPE = page(415, "Unsupported Media Type");
const TOO_LARGE = page(413, "Request Entity Too Large");

/** A client that breaks off or sends more than is taken. */
export class BodyRefused extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super("body refused");
    this.answer = answer;
  }
}

/**
 * The whole body.
 *
 * @param bytesMax most bytes that are taken; 0 is without a limit, as in nginx
 * @throws {BodyRefused} when there are more, as soon as that is known
 */
export function readBody(incoming: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const limit = bytesMax === 0 ? Number.MAX_SAFE_INTEGER : bytesMax;
  if (Number(incoming.headers["content-length"] ?? 0) > limit) {
    return Promise.reject(new BodyRefused(TOO_LARGE));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        incoming.pause();
        reject(new BodyRefused(TOO_LARGE));
      } else {
        chunks.push(chunk);
      }
    });
    incoming.once("end", () => resolve(Buffer.concat(chunks, size)));
    incoming.once("error", reject);
    incoming.once("close", () => reject(new Error("the client went away")));
  });
}

/** Refuse a type before the body is read; null if it can be decoded. */
export function checkType(
  type: string | undefined,
  hasBody: boolean,
  yaml: boolean,
): Answer | null {
  if (type === undefined) return hasBody ? UNSUPPORTED_TYPE : null;
  const known =
    type.startsWith("application/json") ||
    type.startsWith("application/x-www-form-urlencoded") ||
    type.startsWith("multipart/form-data") ||
    (yaml && /^(?:application|text)\/yaml/.test(type));
  return known ? null : UNSUPPORTED_TYPE;
}

function decodeForm(body: Buffer, type: string): RequestBody | Answer {
  const boundary = boundaryOf(type);
  const flat = type.startsWith("multipart")
    ? boundary === null
      ? new Map()
      : parseMultipart(body, boundary)
    : splitArguments(body.toString("latin1"));
  return flat === null ? TOO_MANY_ARGUMENTS : { kind: "form", value: nestArguments(flat) };
}

/** Decode a body whose type {@link checkType} let through. */
export function decodeBody(body: Buffer, type: string | undefined): RequestBody | Answer {
  if (type === undefined) return NO_BODY;
  if (type.startsWith("application/json")) {
    const text = body.toString("utf8");
    try {
      const value = JSON.parse(text) as unknown;
      return typeof value === "object" && value !== null ? { kind: "json", value } : BAD_JSON;
    } catch {
      return BAD_JSON;
    }
  }
  if (/^(?:application|text)\/yaml/.test(type))
    return { kind: "yaml", text: body.toString("utf8") };
  return decodeForm(body, type);
}

/** Could it not be decoded? Then the answer says why. */
export function isAnswer(value: RequestBody | Answer): value is Answer {
  return "status" in value;
}
