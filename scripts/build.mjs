/**
 * Bundles the gateway into dist/: one file a process, so that a start reads three files and not three hundred; then runs
 * it once and keeps what V8 compiled. Beside them the SDK for TypeScript, with types for those who compile against it.
 * Type checking is `npm run types`; this only strips types.
 */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { buildModules, emitTypes } from "./build-plugin-sdk.mjs";
import { recordCode } from "./record-code.mjs";
import { root } from "./steps.mjs";

const ENTRIES = {
  cli: "core/cli/index.ts",
  primary: "core/main/primary-process.ts",
  worker: "core/main/worker-process.ts",
};

/** What runs outside of the gateway: the SDK for TypeScript and the plugin server on it, as modules that share their code. */
const OUTSIDE = {
  "plugin-sdk/index": "plugin-sdk/typescript/index.ts",
  "plugin-sdk/testing": "plugin-sdk/typescript/testing.ts",
  "js-pluginserver": "plugin-servers/typescript/main.ts",
};

/** What `import.meta.url` and `import()` of the sources become in a script. */
const MODULE_NAMES =
  'const __moduleUrl = require("node:url").pathToFileURL(__filename).href, __load = module.loadModule;';
/** Compiled code that is kept does not know its loader, so load-bundle.cjs lends its own; as long, for the source maps. */
const IMPORT = "await import(";
const LENT_IMPORT = "await __load(";

/** Build into `dist` of the project. */
export async function buildGateway() {
  const dist = join(root, "dist");
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ENTRIES,
    outdir: "dist/code",
    outExtension: { ".js": ".cjs" },
    write: false, // a build that fails leaves the last one as it was
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20.19",
    charset: "ascii", // load-bundle.cjs reads it as such
    // bundled, packages cost a start a few files and not hundreds; these look for files of their own, or are rarely needed
    external: ["@grpc/grpc-js", "pino-pretty", "re2js", "selfsigned", "tsx", "yaml", "undici"],
    define: { "import.meta.url": "__moduleUrl" },
    banner: { js: MODULE_NAMES },
    sourcemap: "linked",
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: "warning",
  });
  rmSync(dist, { recursive: true, force: true });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, path.endsWith(".cjs") ? text.replaceAll(IMPORT, LENT_IMPORT) : text);
  }
  copyFileSync(join(root, "scripts/load-bundle.cjs"), join(dist, "load-bundle.cjs"));
  for (const name of Object.keys(ENTRIES)) {
    writeFileSync(join(dist, `${name}.cjs`), `require("./load-bundle.cjs")("${name}");\n`);
  }
  await buildOutside();
  await recordCode(dist);
}

async function buildOutside() {
  const dist = join(root, "dist");
  await Promise.all([
    buildModules(OUTSIDE, dist, "plugin-sdk/[name]-[hash]"),
    emitTypes(join(dist, "plugin-sdk/types")),
  ]);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await buildGateway();
