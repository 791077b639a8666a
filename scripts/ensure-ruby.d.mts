/** As the exit codes of the script. */
export function ensureRuby(): Promise<0 | 1 | 2>;
