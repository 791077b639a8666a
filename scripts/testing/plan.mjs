/**
 * Which tests run in which mode, in what order, and what each waits for. test/README.md says the same to people.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../steps.mjs";
import { runFiles } from "./run-files.mjs";
import { toolchainJob, toolchainsIn } from "./toolchains.mjs";

/** Of these only one test uses the build folders at a time. */
const HELD = ["java", "rust"];
/** Unit tests that start processes and wait for them: each alone, beside the others. */
const WAITS = ["test/unit/cli/launch.test.ts", "test/unit/cli/lifecycle.test.ts", "test/unit/balancer/dns-files.test.ts"];
/** Rooms whose tests depend on what is inside of Node.js: its handles, its loader, its timers, its sockets. */
const ENGINE = ["cli", "exchange", "http1", "listener", "telemetry"];
/** What is left out there: supervision, policies and changes of the configuration are the same on any Node.js. */
const NOT_ENGINE = /(?:failed-changes|-reload|isolation|policies|supervisor|grpc-servers)\.test\.ts$/;

function testsBelow(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts") && !name.includes("node_modules"))
    .map((name) => `${folder}/${name}`)
    .sort();
}

/** Jobs that run files; several in one process where they are small. */
function job(report, title, files, lane, needs = []) {
  return {
    name: title,
    lane,
    needs: needs.map(toolchainJob),
    holds: needs.filter((one) => HELD.includes(one)),
    run: async () => report.add(title, await runFiles(title, files.map((file) => join(root, file)))),
  };
}

/** The unit tests of a room in one process; the longest first. */
export function unitJobs(report, isWanted = () => true) {
  const files = testsBelow("test/unit").filter((file) => isWanted(file.split("/")[2]));
  const waits = files.filter((file) => WAITS.includes(file));
  const rooms = new Map([["test", isWanted("test") ? ["test/layout.test.ts"] : []]]);
  for (const file of files.filter((one) => !WAITS.includes(one))) {
    const room = file.split("/").slice(0, -1).join("/").split("/").slice(0, 3).join("/");
    rooms.set(room, [...(rooms.get(room) ?? []), file]);
  }
  const bySize = [...rooms].filter(([, some]) => some.length > 0).sort(([, a], [, b]) => b.length - a.length);
  return [
    ...waits.map((file) => job(report, file, [file], "waiting")),
    ...bySize.map(([room, some]) => job(report, room, some, "busy")),
  ];
}

/** Toolchains that a file needs; the test of an example needs those of its README. */
function needsOf(file) {
  const readme = join(root, dirname(file), "README.md");
  const texts = [readFileSync(join(root, file), "utf8")];
  if (file.startsWith("examples/") && existsSync(readme)) texts.push(readFileSync(readme, "utf8"));
  return toolchainsIn(texts.join("\n"));
}

/** What has processes and sockets, and the SDKs; a process each. */
export function integrationJobs(report) {
  const files = ["test/integration", "test/sdk", "examples"].flatMap(testsBelow);
  return files.map((file) => job(report, file, [file], "busy", needsOf(file)));
}

/** The HTTP engine and the connections to plugin servers: what another Node.js could do otherwise. */
export function engineJobs(report) {
  const files = [...testsBelow("test/integration/engine"), ...testsBelow("test/integration/plugin-host")];
  const own = files.filter((file) => needsOf(file).length === 0 && !NOT_ENGINE.test(file));
  return [
    ...unitJobs(report, (room) => ENGINE.includes(room)),
    ...own.map((file) => job(report, file, [file], "busy")),
  ];
}

/** Recordings and payloads: gateways start, recorded pauses pass; little is computed. */
export function conformanceJobs(report) {
  return testsBelow("test/conformance").map((file) => {
    const needs = file.includes("plugin-servers") ? ["probers"] : [];
    return job(report, file, [file], "waiting", needs);
  });
}
