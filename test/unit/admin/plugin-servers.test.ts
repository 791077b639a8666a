/** /plugin-servers of the Admin and the Status API. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adminEndpoints } from "../../../core/admin/admin.ts";
import type { ApiRequest } from "../../../core/admin/api-request.ts";
import { pluginServerEndpoints } from "../../../core/admin/endpoints/plugin-servers.ts";
import { fakeDeps } from "./fake-deps.ts";

async function ask(method: "GET" | "POST", path: string, query: ApiRequest["query"] = {}) {
  const match = adminEndpoints(fakeDeps()).match(path);
  assert.ok(match, path);
  const params = Object.fromEntries(match.names.map((name, n) => [name, match.segments[n]!]));
  const handler = match.endpoint.methods[method];
  assert.ok(handler, `${method} ${path}`);
  const request = { method, path, params, badUtf8: {}, query, body: { kind: "none" } };
  const answer = await handler(request as unknown as ApiRequest);
  return [answer.status, JSON.parse(answer.body ?? "null")];
}

describe("/plugin-servers", () => {
  it("lists them and shows one", async () => {
    const py = { name: "py", state: "ready" };
    assert.deepEqual(await ask("GET", "/plugin-servers"), [200, { data: [py], next: null }]);
    assert.deepEqual(await ask("GET", "/plugin-servers/py"), [200, py]);
    assert.deepEqual(await ask("GET", "/plugin-servers/go"), [404, { message: "Not found" }]);
  });

  it("acts, with a share of the requests and a time for a canary", async () => {
    const reload = (query: ApiRequest["query"]) => ask("POST", "/plugin-servers/py/reload", query);
    assert.deepEqual(await reload({}), [200, { message: "reload 0 0" }]);
    assert.deepEqual(await reload({ canary: "10%", decide_after: "30s" }), [
      200,
      { message: "reload 10 30" },
    ]);
    assert.equal((await reload({ canary: "101" }))[0], 400);
    assert.equal((await reload({ decide_after: "soon" }))[0], 400);
    assert.equal((await ask("POST", "/plugin-servers/go/promote"))[0], 404);
  });

  it("is not in the list of endpoints, which is Kong's, and cannot act in the Status API", () => {
    const listed = adminEndpoints(fakeDeps()).paths();
    assert.deepEqual(
      listed.filter((path) => path.includes("plugin-servers")),
      [],
    );
    const status = pluginServerEndpoints(fakeDeps().pluginServers, false);
    assert.ok(status.every(({ methods }) => Object.keys(methods).join() === "GET"));
  });
});
