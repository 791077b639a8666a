/**
 * Bundles the gateway into dist/: one file a process, so that a start reads three files and not three hundred.
 * Type checking is `npm run types`; this only strips types.
 */
import { build } from "esbuild";
import { rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: {
    "cli/index": "core/cli/index.ts",
    "primary": "core/main/primary-process.ts",
    "worker": "core/main/worker-process.ts",
  },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  packages: "external",
  sourcemap: "linked",
  logLevel: "warning",
});
