export const isCi: boolean;
export const root: string;
export function run(
  words: readonly string[],
  options?: { cwd?: string; env?: Record<string, string>; shows?: boolean },
): Promise<{ code: number; output: string }>;
export function firstProgram(names: readonly string[], args: readonly string[]): Promise<string | null>;
