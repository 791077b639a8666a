/**
 * A line of the access log in Kong's default format: nginx's "combined" and the request id.
 *
 *     $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent
 *     "$http_referer" "$http_user_agent" kong_request_id: "$kong_request_id"
 *
 * (one line). Called once per request: no object, one concatenation, and the text of the time is made once a second.
 */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

let cachedSecond = -1;
let cachedText = "";

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/**
 * nginx's $time_local: `21/Nov/2026:11:10:31 +0000`, in the time zone of the process.
 *
 * @param nowMs milliseconds of the epoch
 */
export function localTime(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second === cachedSecond) return cachedText;
  const date = new Date(second * 1000);
  const offset = -date.getTimezoneOffset();
  const zone = Math.abs(offset);
  cachedSecond = second;
  cachedText =
    `${two(date.getDate())}/${MONTHS[date.getMonth()]}/${date.getFullYear()}` +
    `:${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}` +
    ` ${offset < 0 ? "-" : "+"}${two(Math.floor(zone / 60))}${two(zone % 60)}`;
  return cachedText;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what nginx escapes
const ESCAPED = /["\\\u0000-\u001f\u007f-\uffff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above, every one of them
const ESCAPED_ALL = /["\\\u0000-\u001f\u007f-\u00ff]/g;
const WIDE = /[\u0100-\uffff]/;

function escapeByte(character: string): string {
  const hex = character.charCodeAt(0).toString(16).toUpperCase();
  return hex.length === 1 ? `\\x0${hex}` : `\\x${hex}`;
}

/** A value as nginx logs it: `-` if empty; quotes, backslashes and all but printable ASCII as `\xHH`. */
export function logValue(text: string): string {
  if (text === "") return "-";
  if (!ESCAPED.test(text)) return text;
  // Texts of the engine hold one byte per character; others become the bytes of UTF-8.
  const bytes = WIDE.test(text) ? Buffer.from(text, "utf8").toString("latin1") : text;
  return bytes.replace(ESCAPED_ALL, escapeByte);
}

/**
 * The line of one request, without a line feed.
 *
 * @param remoteAddr address of the client as the gateway sees it (after real_ip); "" is logged as `-`, as all texts
 * @param remoteUser user name of basic authentication
 * @param nowMs milliseconds of the epoch when the response ended
 * @param request request line as it came: `GET /x HTTP/1.1`
 * @param bodyBytes bytes of the body that were sent to the client
 */
export function accessLine(
  remoteAddr: string,
  remoteUser: string,
  nowMs: number,
  request: string,
  status: number,
  bodyBytes: number,
  referer: string,
  userAgent: string,
  requestId: string,
): string {
  return (
    `${logValue(remoteAddr)} - ${logValue(remoteUser)} [${localTime(nowMs)}] "${logValue(request)}" ` +
    `${status} ${bodyBytes} "${logValue(referer)}" "${logValue(userAgent)}" kong_request_id: "${logValue(requestId)}"`
  );
}
