/** Runs the tour of the README and compares what it prints. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startEchoUpstream } from "../../examples/echo-upstream.mjs";
import { freePorts } from "../helpers/free-port.ts";
import { runReadme } from "../helpers/run-readme.ts";
import { dragoman, projectRoot } from "../helpers/start-gateway.ts";

describe("README", () => {
  it("shows a tour that works", async () => {
    const scratch = mkdtempSync(join(tmpdir(), "readme-"));
    const [proxyPort, adminPort] = await freePorts(2);
    const upstream = await startEchoUpstream(0);
    const { port } = upstream.address() as { port: number };
    try {
      await runReadme({
        readme: readFileSync(join(projectRoot, "README.md"), "utf8"),
        replace: [
          ["npx dragoman", dragoman],
          ["$PWD/.dragoman", join(scratch, "prefix")],
          ["kong.yml", join(scratch, "kong.yml")],
          [":8000", `:${proxyPort}`],
          [":8001", `:${adminPort}`],
          [":9000", `:${port}`],
        ],
        finally: `${dragoman} stop -p ${join(scratch, "prefix")} >/dev/null 2>&1`,
      });
    } finally {
      upstream.close();
      upstream.closeAllConnections();
      rmSync(scratch, { recursive: true, force: true });
    }
  });
});
