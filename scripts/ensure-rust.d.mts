/** As the exit codes of the script. */
export function ensureRust(): Promise<0 | 1 | 2>;
export const rustTarget: string;
export function hasRust(): Promise<boolean>;
