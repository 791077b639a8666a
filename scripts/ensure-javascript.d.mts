/** As the exit codes of the script. */
export function ensureJavascript(): Promise<0 | 1 | 2>;
