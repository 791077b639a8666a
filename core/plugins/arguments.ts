/**
 * Arguments of a query or of a form: `a=1&b&a=2` as Kong reads and writes them.
 *
 * Names and values are latin1 text of bytes. A name without `=` has the value true; a name that is repeated has all its
 * values; an argument without a name is dropped. Order of names is kept for reading; written, they stand sorted, because
 * that is what a Service behind Kong sees.
 *
 * @see Kong kong/tools/http.lua (encode_args), OpenResty ngx.decode_args
 */

/** true where there was no `=`. */
export type ArgumentValue = string | true;
/** By name, in the order in which names first came. */
export type Arguments = Map<string, ArgumentValue | ArgumentValue[]>;

const HEX = "0123456789ABCDEF";
const ENCODED = /[%+]/;
const PLAIN = /^[A-Za-z0-9\-_.!~*'()]*$/;

/** `%XX` and `+` taken back; a `%` without two hexadecimal digits stays. */
export function decodeArgument(text: string): string {
  if (!ENCODED.test(text)) return text;
  return text
    .replaceAll("+", " ")
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
}

/** Every byte but letters, digits and `-_.!~*'()` as `%XX`. */
function encodeArgument(text: string): string {
  if (PLAIN.test(text)) return text;
  let encoded = "";
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i) & 255;
    const char = text[i]!;
    encoded += PLAIN.test(char) ? char : `%${HEX[c >> 4]}${HEX[c & 15]}`;
  }
  return encoded;
}

/**
 * Read arguments.
 *
 * @param max how many are looked at; further ones are left out
 */
export function decodeArguments(text: string, max = Number.POSITIVE_INFINITY): Arguments {
  const found: Arguments = new Map();
  let left = max;
  for (let from = 0; from < text.length && left > 0; left--) {
    let to = text.indexOf("&", from);
    if (to < 0) to = text.length;
    // cut out first: looking for the next "=" in all the rest would cost the square of a long list of flags
    const pair = text.slice(from, to);
    const equals = pair.indexOf("=");
    const name = decodeArgument(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? true : decodeArgument(pair.slice(equals + 1));
    if (name !== "") addArgument(found, name, value);
    from = to + 1;
  }
  return found;
}

function addArgument(found: Arguments, name: string, value: ArgumentValue): void {
  const had = found.get(name);
  if (had === undefined) found.set(name, value);
  else if (Array.isArray(had)) had.push(value);
  else found.set(name, [had, value]);
}

/** Write arguments, sorted by name; the values of one name keep their order. */
export function encodeArguments(found: Arguments): string {
  const pairs: string[] = [];
  for (const name of [...found.keys()].sort()) {
    const values = found.get(name)!;
    const encodedName = encodeArgument(name);
    for (const value of Array.isArray(values) ? values : [values]) {
      pairs.push(value === true ? encodedName : `${encodedName}=${encodeArgument(value)}`);
    }
  }
  return pairs.join("&");
}
