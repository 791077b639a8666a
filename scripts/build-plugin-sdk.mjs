/**
 * Builds the SDK for TypeScript and JavaScript as its package on npm has it: modules, types, and the plugin server for
 * modules of kong-pdk as a program. Into plugin-sdk/typescript/dist; `npm pack` there runs it.
 */
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root, run } from "./steps.mjs";

const sdk = join(root, "plugin-sdk/typescript");

/** What runs outside of the gateway: the SDK and the plugin server on it, as modules that share their code. */
export function buildModules(entryPoints, outdir, chunkNames) {
  return build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    outExtension: { ".js": ".mjs" },
    chunkNames,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    external: ["tsx"],
    sourcemap: "linked",
    logLevel: "warning",
  });
}

/** Types of the SDK's two entries, for those who compile against it. @throws {Error} with what the compiler says */
export async function emitTypes(outdir) {
  const words = ["node_modules/.bin/tsc", "-p", join(sdk, "tsconfig.types.json"), "--outDir", outdir];
  const { code, output } = await run(words);
  if (code !== 0) throw new Error(output);
}

async function buildPackage() {
  const dist = join(sdk, "dist");
  rmSync(dist, { recursive: true, force: true });
  const entries = {
    index: "plugin-sdk/typescript/index.ts",
    testing: "plugin-sdk/typescript/testing.ts",
    "js-pluginserver": "plugin-servers/typescript/main.ts",
  };
  await Promise.all([buildModules(entries, dist, "[name]-[hash]"), emitTypes(join(dist, "types"))]);
  const program = join(dist, "bin.mjs");
  const start = 'import { main } from "./js-pluginserver.mjs";\nconst code = await main(process.argv.slice(2));\n';
  writeFileSync(program, `#!/usr/bin/env node\n${start}if (code !== null) process.exitCode = code;\n`);
  chmodSync(program, 0o755);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await buildPackage();
