/**
 * Plays the README of an example in `examples/`: its settings and configuration are copied with ports and folders
 * of this run, and so are the commands; the plugin is the one in the example.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEchoUpstream } from "../../examples/echo-upstream.mjs";
import { freePorts } from "./free-port.ts";
import { runReadme } from "./run-readme.ts";
import { dragoman, projectRoot } from "./start-gateway.ts";

/** What examples are written with. */
const PROXY = "8000";
const ADMIN = "8001";
const UPSTREAM = "9000";
const PREFIX = ".dragoman";

/**
 * Run an example's README from the first block to the last. The upstream is there already.
 *
 * @param name folder below `examples`
 * @throws where a command fails or prints something else
 */
export async function runExample(name: string): Promise<void> {
  const folder = join(projectRoot, "examples", name);
  const scratch = mkdtempSync(join(tmpdir(), "example-"));
  const [proxyPort, adminPort] = (await freePorts(2)) as [number, number];
  const upstream = await startEchoUpstream(0);
  const upstreamPort = (upstream.address() as { port: number }).port;
  const ports: [string, string][] = [
    [`:${PROXY}`, `:${proxyPort}`],
    [`:${ADMIN}`, `:${adminPort}`],
    [`:${UPSTREAM}`, `:${upstreamPort}`],
    [PREFIX, join(scratch, "prefix")],
  ];
  const copies = readdirSync(folder).filter((file) => /\.(conf|yml)$/.test(file));
  const replace: [string, string][] = [
    ...copies.map((file): [string, string] => [`examples/${name}/${file}`, join(scratch, file)]),
    ["npx dragoman", dragoman],
    ...ports,
  ];
  for (const file of copies) {
    const text = readFileSync(join(folder, file), "utf8");
    writeFileSync(
      join(scratch, file),
      replace.reduce((result, [from, to]) => result.replaceAll(from, to), text),
    );
  }
  try {
    await runReadme({
      readme: readFileSync(join(folder, "README.md"), "utf8"),
      replace,
      finally: `${dragoman} stop -p ${join(scratch, "prefix")} >/dev/null 2>&1`,
    });
  } finally {
    upstream.close();
    upstream.closeAllConnections();
    rmSync(scratch, { recursive: true, force: true });
  }
}
