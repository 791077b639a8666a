/** As the exit codes of the script. */
export function ensureJava(): Promise<0 | 1 | 2>;
export function hasJava(): Promise<boolean>;
/** Run Maven with the project's local repository, offline if that suffices. */
export function maven(
  goals: readonly string[],
  cwd: string,
): Promise<{ code: number | null; output: string }>;
