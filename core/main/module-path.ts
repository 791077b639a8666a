/** Where the entries of processes are: in dist/, a folder above the bundles, or the sources where those run directly. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

interface ModulePath {
  readonly file: string;
  /** Options for Node that the file needs. */
  readonly execArgv: string[];
}

/** @param name of an entry in core/main: "worker-process", "primary-process" */
export function modulePath(name: string): ModulePath {
  const source = join(here, `${name}.ts`);
  if (existsSync(source)) {
    const loader = createRequire(import.meta.url).resolve("tsx");
    return { file: source, execArgv: ["--import", loader] };
  }
  return { file: join(dirname(here), name.replace(/-process$/, ".cjs")), execArgv: [] };
}
