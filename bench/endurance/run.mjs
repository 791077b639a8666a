/**
 * The bars of robustness, shown: what plugin servers do when they are killed, hang, run for long, get new code, and pass
 * long bodies. A line for each bar, its figure beside it; the exit code is 1 where one is missed.
 *
 *   npm run bench:endurance                                  all parts
 *   npm run bench:endurance -- --only kill,hung              some
 *   npm run bench:endurance -- --only events --servers go-pdk --events 20000
 */
import { parseArgs } from "node:util";
import { buildGateway } from "../../scripts/build.mjs";
import { Bars } from "./bars.mjs";
import { bodies } from "./bodies.mjs";
import { events } from "./events.mjs";
import { hung } from "./hung.mjs";
import { kill } from "./kill.mjs";
import { reloads } from "./reloads.mjs";
import { saturation } from "./saturation.mjs";

const PARTS = { kill, hung, events, reloads, bodies, saturation };

const SDKS = ["typescript", "go", "python", "rust", "java"];
/** Kong's plugin files on our servers, and on Kong's own. */
const FOR_KONG = ["our-javascript", "our-python", "kong-pdk", "kong-pdk-python", "go-pdk"];

/** Of each part: what it takes where the command line does not say. */
const DEFAULTS = {
  kill: { servers: [...SDKS, ...FOR_KONG], kills: 20 },
  hung: { pairs: 12 },
  events: {
    servers: ["typescript", "kong-pdk", "kong-pdk-python", "go-pdk"],
    events: { typescript: 1_000_000 },
  },
  reloads: {
    servers: ["native", "msgpack", "protobuf", "grpc"],
    reloads: { native: 100, msgpack: 20, protobuf: 20, grpc: 20 },
  },
  bodies: { servers: SDKS, mib: 1024 },
  saturation: { servers: SDKS, rounds: 5, cgroup: "" },
};

const { values } = parseArgs({
  options: {
    only: { type: "string", default: Object.keys(PARTS).join(",") },
    servers: { type: "string" },
    kills: { type: "string" },
    pairs: { type: "string" },
    events: { type: "string" },
    reloads: { type: "string" },
    rounds: { type: "string" },
    mib: { type: "string" },
    cgroup: { type: "string" },
    "no-build": { type: "boolean", default: false },
  },
});

function given(part) {
  const options = { ...DEFAULTS[part] };
  if (values.servers !== undefined) options.servers = values.servers.split(",");
  if (values.cgroup !== undefined) options.cgroup = values.cgroup;
  for (const name of ["kills", "pairs", "events", "reloads", "rounds", "mib"]) {
    if (values[name] !== undefined) options[name] = Number(values[name]);
  }
  return options;
}

async function main() {
  const parts = values.only.split(",");
  const unknown = parts.filter((part) => !(part in PARTS));
  if (unknown.length > 0) {
    console.error(`there is no part ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}`);
    return 2;
  }
  if (!values["no-build"]) await buildGateway();
  const bars = new Bars();
  for (const part of parts) {
    try {
      await PARTS[part](bars, given(part));
    } catch (cause) {
      bars.fail(part, cause instanceof Error ? cause.stack : String(cause));
    }
  }
  console.log(`${bars.kept} bars kept, ${bars.missed} missed`);
  return bars.missed === 0 ? 0 : 1;
}

process.exitCode = await main();
