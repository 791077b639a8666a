/** References to secrets in a plugin's configuration, as its instance is started with them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Plugin } from "../../../core/entities/plugin.ts";
import { configReader } from "../../../core/plugin-host/config-secrets.ts";
import { configText } from "../../../core/plugin-host/instance-config.ts";
import type { RemotePluginInfo } from "../../../core/plugin-host/plugin-info.ts";

const SECRET = { type: "string", referenceable: true };
const FIELDS = [
  { secret: SECRET },
  { plain: { type: "string" } },
  { list: { type: "array", elements: SECRET } },
  { names: { type: "map", keys: { type: "string" }, values: SECRET } },
  { inner: { type: "record", fields: [{ secret: SECRET }, { n: { type: "integer" } }] } },
  { many: { type: "array", elements: { type: "record", fields: [{ secret: SECRET }] } } },
];

function plugin(name: string, fields: readonly object[]): RemotePluginInfo {
  const schema = { name, fields: [{ config: { type: "record", fields } }] };
  return { name, priority: 1, version: "1.0", phases: ["access"], schema };
}

const PLUGINS = [plugin("told", FIELDS), plugin("plain", [{ secret: { type: "string" } }])];

function read(config: Record<string, unknown>, name = "told"): unknown {
  const secretOf = (reference: string) => (reference === "{vault://env/a}" ? "s3cret" : null);
  const entity = { id: "p", name, config } as unknown as Plugin;
  const { __key__, __plugin_id, __ws_id, ...text } = JSON.parse(
    configText(entity, configReader(PLUGINS, secretOf)(entity), "ws"),
  );
  assert.deepEqual([__plugin_id, __ws_id], ["p", "ws"]);
  return text;
}

const A = "{vault://env/a}";
const NONE = "{vault://env/none}";

describe("secrets in the configuration of an instance", () => {
  for (const [what, config, expected] of [
    ["a field", { secret: A, plain: A }, { secret: "s3cret", plain: A, $refs: { secret: A } }],
    ["one that names nothing", { secret: NONE }, { secret: "", $refs: { secret: NONE } }],
    ["no reference", { secret: "as it is", list: ["x"] }, { secret: "as it is", list: ["x"] }],
    ["a list", { list: ["x", A, "y"] }, { list: ["x", "s3cret", "y"], $refs: { list: [null, A] } }],
    [
      "a map",
      { names: { k: A, l: "x" } },
      { names: { k: "s3cret", l: "x" }, $refs: { names: { k: A } } },
    ],
    [
      "a record",
      { inner: { secret: A, n: 1 } },
      { inner: { secret: "s3cret", n: 1, $refs: { secret: A } } },
    ],
    [
      "records in a list",
      { many: [{ secret: A }, { secret: null }] },
      { many: [{ secret: "s3cret", $refs: { secret: A } }, {}] },
    ],
    ["nothing at all", {}, {}],
  ] as const) {
    it(what, () => assert.deepEqual(read(config), expected));
  }

  it("leaves the stored configuration as it is", () => {
    const config = { secret: A, list: [A], inner: { secret: A } };
    const before = JSON.stringify(config);
    read(config);
    assert.equal(JSON.stringify(config), before);
  });

  it("looks for none where no field is meant for one", () => {
    assert.deepEqual(read({ secret: A }, "plain"), { secret: A });
    assert.deepEqual(read({ secret: A }, "another"), { secret: A });
  });
});
