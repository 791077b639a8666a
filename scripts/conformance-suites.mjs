/**
 * The suites of ../shared/conformance that apply to what the gateway has, and how each is played.
 *
 * One table for `npm run conformance` and for the tests, so that they cannot differ. A recorded step that differs for a
 * reason stands in a file of test/conformance/exceptions, with that reason; steps of areas that belong to later
 * parts of the gateway are not in the lists here.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countListed, exceptionsFile } from "./conformance-exceptions.mjs";
import { cache, root, run } from "./steps.mjs";
import { withPortBase } from "./testing/claimed-ports.mjs";

/** Folder of the suites; they are no part of the project, so it may be absent. */
export const suitesFolder = join(root, "..", "shared", "conformance");
const recorded = join(suitesFolder, "recorded");
const dragoman = join(root, "bin", "dragoman");

/**
 * @typedef {{passed: number, failed: number, skipped: number, excepted?: number, later?: number, output: string}} Outcome
 *   `excepted` and `later` are those of a recording, and among the skipped
 * @typedef {{name: string, isLong?: boolean, needs?: () => string | null, play: (file?: string) => Promise<Outcome>, files?: readonly string[], inTests?: readonly string[], isRecorded?: boolean, exceptions?: string}} Suite
 *   `isLong`: not as a whole for `npm test`, but by name or in `npm run conformance`; `needs`: why it cannot be played, null if it can;
 *   `inTests`: those files of a long suite that `npm test` plays; `isRecorded`: an area of recorded/, `exceptions`: its own list
 */

/** What a suite's last line says: "12 passed, 1 failed, 3 skipped". */
function outcomeOf({ code, output }) {
  const [, passed, failed, skipped] =
    /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(output.trim()) ?? [];
  if (passed === undefined) return { passed: 0, failed: 1, skipped: 0, output };
  const outcome = { passed: Number(passed), failed: Number(failed), skipped: Number(skipped ?? 0) };
  // a player that ends badly after a good count has not played everything
  if (code !== 0 && outcome.failed === 0) outcome.failed = 1;
  return { ...outcome, output };
}

/** Play with an empty folder and a row of ports that nobody else uses meanwhile. */
async function inScratch(play) {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"));
  try {
    return await withPortBase((portBase) => play(folder, portBase));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An area of recorded/: files that are played one by one, each with a gateway of its own. */
function area(name, files, options = {}) {
  const { player = "run.mjs", env = {}, exceptions, ...rest } = options;
  const playFile = (file) =>
    inScratch(async (folder, portBase) => {
      const words = ["node", join(recorded, player), "--gateway", dragoman];
      words.push("--except", exceptionsFile(folder, exceptions), "--port-base", String(portBase), file);
      if (player === "run.mjs") words.push("--after-config", "0");
      const outcome = outcomeOf(await run(words, { cwd: recorded, env }));
      return { ...outcome, ...countListed(join(recorded, file), exceptions) };
    });
  return {
    name,
    files,
    exceptions,
    isRecorded: true,
    ...rest,
    async play(only) {
      const total = { passed: 0, failed: 0, skipped: 0, excepted: 0, later: 0, output: "" };
      for (const file of only === undefined ? files : [only]) {
        const outcome = await playFile(file);
        for (const key of Object.keys(total)) total[key] += outcome[key];
      }
      return total;
    },
  };
}

function files(folder, names) {
  return names.map((name) => `${folder}/${name}.json`);
}

/** Most steps of these files are of parts that come later; the others, and what is listed, are held to what they are. */
const PARTLY = [
  ...files("proxy", ["client-tls", "hashing", "health", "http2", "router-expressions"]),
  ...files("admin", [
    "plugin-endpoints", "schemas-plugins", "upstream-health", "validate-entities", "validate-routes-expressions",
  ]),
];

/** Every step of these is of a later part, by its configuration: not for the tests, which want something to hold to. */
const ALL_LATER = [...files("proxy", ["functions"]), ...files("admin", ["read-only", "read-only-writes", "tags-read-only"])];

/** Folder with the recorded probers; made by ensure-probers.mjs. */
export const probers = join(cache, "probers");
const needsProbers = () =>
  existsSync(join(probers, "installed")) ? null : "the probers are not installed (scripts/ensure-probers.mjs)";

/** What the tests play of the probers: each topic once, each SDK and protocol in several. */
const PROBERS_IN_TESTS = [
  "mixed/three-languages", "javascript/client", "javascript/exit", "javascript/request", "python/modes", "python/phases",
  "python/response", "go/order-and-instances", "go/request", "go/schemas", "go/service",
].map((name) => `plugin-servers/${name}.json`);

function proberFiles(languages) {
  const folder = join(recorded, "plugin-servers");
  return languages.flatMap((language) =>
    existsSync(join(folder, language))
      ? readdirSync(join(folder, language))
          .filter((name) => name.endsWith(".json") && !name.endsWith(".answers.json"))
          .map((name) => `plugin-servers/${language}/${name}`)
      : [],
  );
}

/** Folder with the same probers on our plugin servers and our SDK for Go; made by ensure-probers.mjs. */
export const nativeProbers = join(cache, "probers-native");

const needsNative = (language) => () =>
  existsSync(join(nativeProbers, language, "installed"))
    ? null
    : "its prober is not installed (scripts/ensure-probers.mjs)";

/** The recordings of one SDK, whose programs run unchanged on what we have in its place. */
function nativeArea(language) {
  return area(`plugin-servers-native-${language}`, proberFiles([language]), {
    isLong: true,
    needs: needsNative(language),
    exceptions: `plugin-servers-native-${language}.json`,
    env: { PROBERS: nativeProbers },
  });
}

/** What one of our servers is asked to speak with Kong, and names of its probers in settings. */
const KONG_PROTOCOLS = { javascript: ["MsgPack:1", "JS"], python: ["MsgPack:1", "PY"], go: ["ProtoBuf:1", "GO"] };

/** The same programs as in the native area, over the protocol that Kong would speak with them. */
function kongArea(language) {
  const [protocol, letters] = KONG_PROTOCOLS[language];
  const kinds = ["PROBE", "EARLY", "TYPED", "NONE"];
  const asked = kinds.map((kind) => [`KONG_PLUGINSERVER_${letters}_${kind}_PROTOCOL`, protocol]);
  return area(`plugin-servers-kong-${language}`, proberFiles([language]), {
    isLong: true,
    needs: needsNative(language),
    exceptions: `plugin-servers-kong-${language}.json`,
    env: { PROBERS: nativeProbers, ...Object.fromEntries(asked) },
  });
}

/** Payloads go one at a time and each waits for silence, so they are played in parts beside one another. */
const HTTP1_PARTS = ["payloads 1 of 3", "payloads 2 of 3", "payloads 3 of 3"];

/** The payloads of http1 in all parts, or in one of them. */
async function playHttp1(canary, only) {
  const total = { passed: 0, failed: 0, skipped: 0, output: "" };
  const parts = only === undefined ? HTTP1_PARTS : [only];
  for (const outcome of await Promise.all(parts.map((part) => playHttp1Part(canary, part)))) {
    for (const key of Object.keys(total)) total[key] += outcome[key];
  }
  return total;
}

/** How long one payload may wait for its answer when it is played once more, in milliseconds. */
const PATIENT_MS = 15_000;

/** A part of the payloads against a gateway that sends everything to the recording origin. */
function playHttp1Part(canary, part) {
  return inScratch(async (folder, proxyPort) => {
    const http1 = join(suitesFolder, "http1");
    const originPort = proxyPort + 1;
    const config = readFileSync(join(http1, "examples", "kong.yml"), "utf8");
    writeFileSync(join(folder, "kong.yml"), config.replace("9201", String(originPort)));
    const env = {
      KONG_PREFIX: join(folder, "prefix"),
      KONG_DATABASE: "off",
      KONG_DECLARATIVE_CONFIG: join(folder, "kong.yml"),
      KONG_PROXY_LISTEN: `127.0.0.1:${proxyPort}`,
      KONG_ADMIN_LISTEN: "off",
      KONG_ADMIN_GUI_LISTEN: "off",
      KONG_STATUS_LISTEN: "off",
      KONG_PROXY_ACCESS_LOG: "off",
      KONG_NGINX_WORKER_PROCESSES: "1",
    };
    const started = await run([dragoman, "start"], { env });
    if (started.code !== 0) return outcomeOf(started);
    const all = "{ cat garden.jsonl guardian.jsonl http11probe.jsonl; node te-mutations.mjs; }";
    const some = `awk 'NR % ${HTTP1_PARTS.length} == ${HTTP1_PARTS.indexOf(part)}'`;
    const replay = `${all} | ${some} | node replay.mjs --json ${canary ? "--canary" : ""}`;
    const target = `--target 127.0.0.1:${proxyPort} --origin-port ${originPort}`;
    const report = join(folder, "report.json");
    const play = (more) => run(["sh", "-c", `${replay} ${more} ${target} - > ${report}`], { cwd: http1 });
    const outcome = http1Outcome(report, (await play("")).output);
    // the player waits a second for an answer: on a busy machine one that differs is played again, with patience
    for (const id of outcome.hard) {
      const again = http1Outcome(report, (await play(`--only '${id}' --timeout ${PATIENT_MS}`)).output);
      if (again.failed === 0 && again.passed > 0) outcome.failed--;
    }
    await run([dragoman, "stop"], { env });
    return outcome;
  });
}

function http1Outcome(report, output) {
  let played;
  try {
    played = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return { passed: 0, failed: 1, skipped: 0, output, hard: [] };
  }
  const { payloads, hard, soft } = played.summary;
  const lines = played.failures.map(
    ({ verdict, id, cls, status, reasons }) => `${verdict} ${id}: ${cls} ${status} ${reasons}`,
  );
  const some = played.failures.filter(({ verdict }) => verdict === "hard").map(({ id }) => id);
  // soft findings are allowed by the suite, with a reason; they count as skipped so that they stay in sight
  return { passed: payloads - hard - soft, failed: hard, skipped: soft, output: lines.join("\n"), hard: some };
}

const playFaults = () =>
  withPortBase(async (portBase) =>
    outcomeOf(
      await run(["node", "gateway.mjs", "--gateway", dragoman, "--port-base", String(portBase)], {
        cwd: join(suitesFolder, "faults"),
      }),
    ),
  );

/** Slow clients: passes where the gateway was available at every look. */
async function playSlow() {
  return inScratch(async (folder, proxyPort) => {
    const originPort = proxyPort + 1;
    const env = {
      KONG_PREFIX: join(folder, "prefix"),
      KONG_DATABASE: "off",
      KONG_DECLARATIVE_CONFIG: join(folder, "kong.json"),
      KONG_PROXY_LISTEN: `127.0.0.1:${proxyPort}`,
      KONG_ADMIN_LISTEN: "off",
      KONG_ADMIN_GUI_LISTEN: "off",
      KONG_STATUS_LISTEN: "off",
      KONG_PROXY_ACCESS_LOG: "off",
      KONG_NGINX_WORKER_PROCESSES: "1",
    };
    const service = { name: "s", url: `http://127.0.0.1:${originPort}`, routes: [{ name: "r", paths: ["/"] }] };
    const config = { _format_version: "3.0", services: [service] };
    writeFileSync(env.KONG_DECLARATIVE_CONFIG, JSON.stringify(config));
    const url = `http://127.0.0.1:${proxyPort}`;
    const script = `node big-origin.mjs ${originPort} & origin=$!; trap 'kill $origin' EXIT; sleep 0.5
      ./slow.sh --url ${url}/small --big-url ${url}/big --pid "$(cat ${env.KONG_PREFIX}/pids/nginx.pid)"`;
    const started = await run([dragoman, "start"], { env });
    if (started.code !== 0) return outcomeOf(started);
    const { code, output } = await run(["sh", "-c", script], { cwd: join(suitesFolder, "slow") });
    await run([dragoman, "stop"], { env });
    return { passed: code === 0 ? 3 : 0, failed: code === 0 ? 0 : 1, skipped: 0, output };
  });
}

/** The router's cases are played by its unit tests; this runs those. */
async function playRouter() {
  const tests = join(root, "test", "unit", "router", "conformance.test.ts");
  // a runner within a runner does nothing while it is told of the outer one
  const env = { NODE_TEST_CONTEXT: undefined };
  const words = ["node", "--import", "tsx", "--test", "--test-reporter=tap", tests];
  const { code, output } = await run(words, { env });
  const count = (word) => Number(new RegExp(`^# ${word} (\\d+)`, "m").exec(output)?.[1] ?? 0);
  return { passed: count("pass"), failed: code === 0 ? 0 : Math.max(1, count("fail")), skipped: count("skipped"), output };
}

/** @type {readonly Suite[]} */
export const SUITES = [
  { name: "http1", files: HTTP1_PARTS, play: (only) => playHttp1(false, only) },
  { name: "http1-canary", isLong: true, files: HTTP1_PARTS, play: (only) => playHttp1(true, only) },
  { name: "router", play: playRouter },
  { name: "slow", isLong: true, play: playSlow },
  { name: "faults", isLong: true, play: playFaults },
  area(
    "proxy",
    files("proxy", [
      "balancing", "debug-header", "declarative", "error-types", "errors", "forwarded", "framing", "hop-by-hop", "limits", "methods",
      "plugin-precedence", "plugin-running", "protocols", "reconfiguring", "request-id", "response-headers",
      "rewriting-traditional-compatible", "rewriting-traditional", "router-traditional-compatible",
      "router-traditional", "service-urls", "timeouts", "upstream-tls", "via", "websocket",
    ]),
  ),
  area(
    "traffic",
    files("traffic", [
      "correlation-id", "request-termination", "request-transformer", "request-transformer-bodies",
      "request-transformer-templates", "response-transformer", "response-transformer-bodies",
    ]),
  ),
  area("auth", files("auth", ["key-auth"])),
  area("observe", files("observe", ["http-log", "queue", "vaults"])),
  area(
    "admin",
    files("admin", [
      "config", "config-errors", "root", "schemas-entities", "status", "status-first", "status-ready", "validate-routes",
      "validate-routes-traditional", "validate-services", "validate-upstreams",
    ]),
  ),
  area("cli", files("cli", ["check", "declarative", "lifecycle", "settings", "tools", "usage"]), {
    player: "cli.mjs",
  }),
  area("partly", [...PARTLY, ...ALL_LATER], { isLong: true, inTests: PARTLY }),
  area("plugin-servers", proberFiles(["mixed", "javascript", "python", "go"]), {
    isLong: true,
    inTests: PROBERS_IN_TESTS,
    needs: needsProbers,
    // the SDK's ts-node takes the TypeScript of the folder that it is started in
    env: { PROBERS: probers, TS_NODE_CWD: join(cache, "javascript"), TS_NODE_SKIP_PROJECT: "true" },
  }),
  nativeArea("javascript"),
  nativeArea("python"),
  nativeArea("go"),
  kongArea("javascript"),
  kongArea("python"),
  kongArea("go"),
];
