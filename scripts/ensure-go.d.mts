/** As the exit codes of the script. */
export function ensureGo(): Promise<0 | 1 | 2>;
