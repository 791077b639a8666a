/**
 * Parts of a multipart/form-data body, as text. Of parts with the same name the last one counts, as in Kong.
 *
 * The whole body is in memory already (body.ts bounds it), so this only cuts it.
 */
import { ARGUMENTS_MAX, type FlatArguments } from "./arguments.ts";

const NAME = /(?:^|[;\s])name="((?:[^"\\]|\\.)*)"|(?:^|[;\s])name=([^;\s"]+)/i;

/** The boundary in a Content-Type, or null. */
export function boundaryOf(contentType: string): string | null {
  const match = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2] ?? null;
}

function nameOfPart(head: string): string | null {
  for (const line of head.split("\r\n")) {
    if (!/^content-disposition:/i.test(line)) continue;
    const match = NAME.exec(line.slice("content-disposition:".length));
    const name = match?.[1]?.replace(/\\(.)/g, "$1") ?? match?.[2];
    if (name !== undefined) return name;
  }
  return null;
}

/**
 * Names and contents of the parts; what is not a part, or has no name, is left out.
 *
 * @param body bytes of the whole body
 * @param boundary as in the Content-Type, without the two dashes in front
 * @returns null if there are more than {@link ARGUMENTS_MAX} parts
 */
export function parseMultipart(body: Buffer, boundary: string): FlatArguments | null {
  const parts: FlatArguments = new Map();
  // In latin1 a character is a byte, so offsets in the text are offsets in the body.
  const bytes = body.toString("latin1");
  const delimiter = `--${boundary}`;
  let count = 0;
  let at = bytes.startsWith(delimiter) ? 0 : bytes.indexOf(`\r\n${delimiter}`) + 2;
  if (at === 1) return parts;
  for (;;) {
    const start = bytes.indexOf("\r\n", at + delimiter.length);
    if (start < 0 || bytes.startsWith("--", at + delimiter.length)) return parts;
    const next = bytes.indexOf(`\r\n${delimiter}`, start);
    const end = next < 0 ? bytes.length : next;
    const blank = bytes.indexOf("\r\n\r\n", start);
    if (blank >= 0 && blank < end) {
      if (++count > ARGUMENTS_MAX) return null;
      const name = nameOfPart(bytes.slice(start + 2, blank));
      if (name !== null) {
        const content = body.subarray(Math.min(blank + 4, end), end).toString("utf8");
        parts.set(Buffer.from(name, "latin1").toString("utf8"), [content]);
      }
    }
    if (next < 0) return parts;
    at = next + 2;
  }
}
