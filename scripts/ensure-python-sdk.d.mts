/** As the exit codes of the script. */
export function ensurePythonSdk(): Promise<0 | 1 | 2>;
