/**
 * Bundles the gateway into dist/: one file a process, so that a start reads three files and not three hundred.
 * Type checking is `npm run types`; this only strips types.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "./steps.mjs";

/** What bundled CommonJS packages call for Node's own modules. */
const REQUIRE =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/** Build into `dist` of the project. */
export async function buildGateway() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: {
      "cli/index": "core/cli/index.ts",
      primary: "core/main/primary-process.ts",
      worker: "core/main/worker-process.ts",
    },
    outdir: "dist",
    write: false, // a build that fails leaves the last one as it was
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    // bundled, packages cost a start a few files and not hundreds; these look for files of their own, or are rarely needed
    external: ["pino", "pino-pretty", "selfsigned", "tsx", "yaml", "undici"],
    banner: { js: REQUIRE },
    sourcemap: "linked",
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: "warning",
  });
  rmSync(join(root, "dist"), { recursive: true, force: true });
  for (const { path, contents } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await buildGateway();
