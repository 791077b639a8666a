/**
 * Byte streams of HTTP/1.x for fuzzing: made by a grammar, so that most of them are good, then broken in the ways that
 * proxies have been fooled with. Text is latin1, a character a byte.
 */
import type { Random } from "./seed.ts";

const METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "M-SEARCH", "PURGE"];
const TARGETS = ["/", "/a/b?c=d", "/%41", "http://h.test/x", "http://h:80?x", "//a", "/a;b=c,d"];
const FIELDS = [
  "X-A: 1",
  "x-b:\tv\tw \t",
  "X!#$%&'*+.^_`|~9: odd",
  "Accept: */*, text/html;q=0.5",
  "X-Empty:",
  "X-Empty:  ",
  "X-Obs: caf\xe9 \xff",
  "Connection: keep-alive",
  "Connection: Keep-Alive, X-A",
  "Connection: close",
  "Connection: upgrade",
  "Upgrade: websocket",
  "Keep-Alive: timeout=5",
  "TE: trailers, deflate",
  "Trailer: X-T",
  "Expect: 100-continue",
  "Content_Length: 3",
  "Transfer_Encoding: chunked",
  "Cookie: a=b; c=d",
  "X-Forwarded-For: 1.2.3.4",
];
/** Lines that decide where a message ends, in forms that two readers have disagreed on. */
const FRAMING = [
  "Content-Length: 0",
  "Content-Length: 3",
  "Content-Length: +3",
  "Content-Length: -1",
  "Content-Length: 3, 3",
  "Content-Length: 0x3",
  "Content-Length: 3 ",
  "Content-Length : 3",
  "Content-Length:",
  "Content-Length: 99999999999999999999",
  "content-length: 03",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding:\tchunked",
  "transfer-encoding: CHUNKED",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding: identity",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: chunked, gzip",
  "Transfer-Encoding: \x0bchunked",
  "Transfer-Encoding: xchunked",
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding:",
  " Transfer-Encoding: chunked",
  "Transfer-Encoding\x00: chunked",
  "Transfer-Encoding:\n chunked",
  "Host: other.test",
];
const EXTENSIONS = ["", "", "", ";a", ";a=b", ';a="b c"', ";a=b;c", ";a= b", "; a", ' ;a="', ";="];
const TRAILERS = [
  "",
  "",
  "X-T: 1\r\n",
  "X-T: 1\r\nX-U:\r\n",
  "Content-Length: 5\r\n",
  "Host: b\r\n",
];
/** Bytes that mean something to a reader of HTTP, or should not. */
const BYTES = '\0\t\n\r :;,"_+-=/09aF\x0b\x7f\x80\xff';

function chunked(random: Random): string {
  let body = "";
  for (let chunks = random.int(4); chunks > 0; chunks--) {
    const data = "abcdefghijklmnopqrst".slice(0, 1 + random.int(20));
    const size = data.length.toString(16);
    const form = random.pick([size, size, size.toUpperCase(), `0${size}`]);
    body += `${form}${random.pick(EXTENSIONS)}\r\n${data}\r\n`;
  }
  return `${body}0${random.int(8) === 0 ? random.pick(EXTENSIONS) : ""}\r\n${random.pick(TRAILERS)}\r\n`;
}

/** Header lines, framing and body behind a first line. */
function rest(random: Random, lines: string[]): string {
  for (let more = random.int(5); more > 0; more--) lines.push(random.pick(FIELDS));
  if (random.int(20) === 0) lines.push(random.pick(FRAMING));
  const body = random.int(3);
  const text = "0123456789".slice(0, random.int(11));
  if (body === 1) lines.splice(random.int(lines.length) + 1, 0, `Content-Length: ${text.length}`);
  if (body === 2) lines.splice(random.int(lines.length) + 1, 0, "Transfer-Encoding: chunked");
  const head = `${lines.join("\r\n")}\r\n\r\n`;
  return head + (body === 1 ? text : body === 2 ? chunked(random) : "");
}

function request(random: Random): string {
  const version = random.int(12) === 0 ? "1.0" : "1.1";
  const lines = [`${random.pick(METHODS)} ${random.pick(TARGETS)} HTTP/${version}`];
  if (random.int(40) !== 0) lines.push("Host: a.test");
  return rest(random, lines);
}

function response(random: Random): string {
  const interim = random.int(6) === 0 ? "HTTP/1.1 100 Continue\r\nX-I: 1\r\n\r\n" : "";
  const status = random.pick([
    "200 OK",
    "200 ",
    "200",
    "204 No Content",
    "304 Not Modified",
    "500 \xe9",
  ]);
  const version = random.int(12) === 0 ? "1.0" : "1.1";
  return interim + rest(random, [`HTTP/${version} ${status}`]);
}

function spliced(text: string, at: number, removed: number, added: string): string {
  return text.slice(0, at) + added + text.slice(at + removed);
}

type Mutation = (text: string, random: Random) => string;

/** Where a CR LF begins, by chance one of them; -1 if there is none. */
function lineEnd(text: string, random: Random): number {
  const from = text.indexOf("\r\n", random.int(text.length));
  return from >= 0 ? from : text.indexOf("\r\n");
}

function changeDigit(text: string, random: Random): string {
  const from = random.int(text.length);
  const at = text.slice(from).search(/\d/);
  return at < 0 ? text : spliced(text, from + at, 1, random.pick([..."0123456789aFx+ "]));
}

function doubleLine(text: string, random: Random): string {
  const start = lineEnd(text, random);
  const end = start < 0 ? -1 : text.indexOf("\r\n", start + 2);
  return end < 0 ? text : spliced(text, end, 0, text.slice(start, end));
}

function onLineEnd(removed: number, added: string): Mutation {
  return (text, random) => {
    const at = lineEnd(text, random);
    return at < 0 ? text : spliced(text, at, removed, added);
  };
}

const MUTATIONS: readonly Mutation[] = [
  (text, random) => spliced(text, random.int(text.length), 1, String.fromCharCode(random.int(256))),
  (text, random) => spliced(text, random.int(text.length), 1, random.pick([...BYTES])),
  (text, random) => spliced(text, random.int(text.length), 0, random.pick([...BYTES])),
  (text, random) => spliced(text, random.int(text.length), 1, ""),
  (text, random) => text.slice(0, random.int(text.length)),
  (text, random) =>
    spliced(text, random.int(text.length), 0, text.slice(random.int(text.length)).slice(0, 9)),
  changeDigit,
  changeDigit,
  doubleLine,
  onLineEnd(1, ""),
  onLineEnd(2, "\r"),
  onLineEnd(2, "\r\r\n"),
  onLineEnd(2, "\r\n\n"),
  onLineEnd(2, "\r\n\r\n"),
  onLineEnd(0, " "),
  onLineEnd(2, "\r\n "),
  (text, random) => onLineEnd(0, `\r\n${random.pick(FRAMING)}`)(text, random),
  (text, random) => onLineEnd(0, `\r\n${random.pick(FRAMING)}`)(text, random),
  (text, random) => onLineEnd(0, `\r\n${random.pick(FIELDS)}`)(text, random),
];

function mutated(text: string, random: Random): string {
  let stream = text;
  for (let times = random.int(3); times > 0 && stream !== ""; times--)
    stream = random.pick(MUTATIONS)(stream, random);
  return stream;
}

/** One to three requests behind each other, broken in none to two places. */
export function requestStream(random: Random): string {
  let stream = "";
  for (let more = 1 + random.int(3); more > 0; more--) stream += request(random);
  return mutated(stream, random);
}

/** The answer to one request, broken in none to two places. */
export function responseStream(random: Random): string {
  return mutated(response(random), random);
}

/** Cut a stream into one to four pieces, as a network may. */
export function inPieces(stream: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = [];
  let from = 0;
  for (let cuts = random.int(4); cuts > 0; cuts--) {
    const at = from + random.int(stream.length - from + 1);
    if (at > from) pieces.push(stream.subarray(from, at));
    from = at;
  }
  if (from < stream.length) pieces.push(stream.subarray(from));
  return pieces;
}
