/**
 * A command line as it is shown: the Admin API, the log and error messages name start and query commands, and people put
 * keys and passwords into them (`API_KEY=... server`, `--token ...`, `redis://user:password@host`).
 *
 * By their names, as in recordings (core/dev/masking.ts): what is called nothing of the kind stays readable.
 */
import { MASK } from "./gather.ts";

const SECRET = "(?:key|token|secret|passw(?:or)?d|passphrase|pwd|credentials?|auth)";
const VALUE = `(?:"[^"]*"|'[^']*'|[^\\s"']+)`;
/** `NAME=value`, `--name=value`: a name that ends in one of those words, whatever stands before. */
const ASSIGNED = new RegExp(`([\\w.-]*${SECRET}=)${VALUE}`, "gi");
/** `--name value`. */
const FOLLOWING = new RegExp(`(--?[\\w.-]*${SECRET}\\s+)(?!-)${VALUE}`, "gi");
const USERINFO = /(:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g;

/** @param command as a person wrote it @returns the same with `******` for what seems to be secret */
export function maskedCommand(command: string): string {
  return command
    .replace(ASSIGNED, `$1${MASK}`)
    .replace(FOLLOWING, `$1${MASK}`)
    .replace(USERINFO, `$1${MASK}`);
}
