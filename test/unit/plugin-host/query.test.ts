/** Query commands as processes: how many run at a time, and what is left of them. What they print is query-answer.test.ts's. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runQuery } from "../../../core/plugin-host/query.ts";
import type { PluginServerSettings } from "../../../core/config/plugin-servers.ts";

/** More than Node.js's ten listeners of an event, above which it warns of a leak. */
const SERVERS = 12;

function server(number: number): PluginServerSettings {
  return {
    name: `s${number}`,
    query_cmd: `echo ${number}`,
    queryTimeoutMs: 60_000,
  } as PluginServerSettings;
}

describe("runQuery", () => {
  it("watches for the end of the gateway with one listener, however many commands run", async () => {
    const before = process.listenerCount("exit");
    const servers = Array.from({ length: SERVERS }, (_, number) => server(number));
    const runs = servers.map(runQuery);
    assert.equal(process.listenerCount("exit"), before + 1);
    const outputs = (await Promise.all(runs)).map(({ output }) => output);
    assert.deepEqual(
      outputs,
      servers.map((_, number) => `${number}\n`),
    );
    assert.equal(process.listenerCount("exit"), before);
  });
});
