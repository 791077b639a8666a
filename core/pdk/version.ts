/** `kong.version_num` from `kong.version`: "3.9.1" is 3009001; what is no number counts as 0. */
export function versionNumber(version: string): number {
  const [major, minor, patch] = version.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0);
  return (major ?? 0) * 1_000_000 + (minor ?? 0) * 1_000 + (patch ?? 0);
}
