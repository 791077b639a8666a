/** As the exit codes of the script. */
export function ensurePython(): Promise<0 | 1 | 2>;
