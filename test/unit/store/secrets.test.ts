/** Secrets in the rows that requests are served with: by schema, from the environment, through vault entities. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { VaultAccess } from "../../../core/config/references.ts";
import { RowSecrets } from "../../../core/store/secrets.ts";
import { type Row, SnapshotBuilder } from "../../../core/store/snapshot.ts";
import { recordingLog } from "../../helpers/make-node.ts";

const SECRET = { type: "string", referenceable: true };
const FIELDS = [
  { secret: SECRET },
  { plain: { type: "string" } },
  { list: { type: "array", elements: SECRET } },
  { names: { type: "map", keys: { type: "string" }, values: SECRET } },
  { inner: { type: "record", fields: [{ secret: SECRET }, { n: { type: "integer" } }] } },
  { many: { type: "array", elements: { type: "record", fields: [{ secret: SECRET }] } } },
];
const VAULTS: VaultAccess = {
  env: { A: "s3cret", MY_A: "with a prefix", ENT_A: "of an entity", EMPTY: "" },
  enabled: ["bundled"],
  envPrefix: "",
};
const ENTITY = { id: "v", prefix: "my-vault", name: "env", config: { prefix: "ent_" } };

const schemaOf = (fields: readonly object[]) => ({
  fields: [{ protocols: {} }, { config: { type: "record", fields } }],
});

/** The rows of a configuration once their secrets are in them, and what the log says. */
function filled(rows: Readonly<Record<string, readonly object[]>>, vaults = VAULTS) {
  const { log, records } = recordingLog();
  const secrets = new RowSecrets(vaults, log);
  secrets.addPlugin("told", schemaOf(FIELDS));
  secrets.addPlugin("plain", schemaOf([{ secret: { type: "string" } }]));
  secrets.addPlugin("bare", {});
  const builder = new SnapshotBuilder();
  for (const [entity, list] of Object.entries(rows)) builder.add(entity, list as readonly Row[]);
  secrets.fill(builder);
  return { snapshot: builder.build("", 1), records };
}

function configOf(config: object, name = "told", vaults = VAULTS): unknown {
  const row = { id: "p", name, config };
  return filled({ plugins: [row], vaults: [ENTITY] }, vaults).snapshot.plugins.get("p")?.config;
}

const A = "{vault://env/a}";
const NONE = "{vault://env/none}";

describe("secrets in the config of a plugin", () => {
  for (const [what, config, expected] of [
    ["a field", { secret: A, plain: A }, { secret: "s3cret", plain: A, $refs: { secret: A } }],
    ["one that names nothing", { secret: NONE }, { secret: "", $refs: { secret: NONE } }],
    ["no reference", { secret: "as it is", list: ["x"] }, { secret: "as it is", list: ["x"] }],
    [
      "a list",
      { list: ["x", A, "y"] },
      { list: ["x", "s3cret", "y"], $refs: { list: Object.assign([], { 1: A }) } },
    ],
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
      { many: [{ secret: "s3cret", $refs: { secret: A } }, { secret: null }] },
    ],
    ["nothing at all", {}, {}],
  ] as const) {
    it(what, () => assert.deepEqual(configOf(config), expected));
  }

  it("leaves what is stored as it is, and hands out the same row where nothing refers", () => {
    const rows = [
      { id: "p", name: "told", config: { secret: A, list: [A], inner: { secret: A } } },
      { id: "q", name: "told", config: { secret: "x", list: ["y"], names: {}, inner: null } },
    ];
    const before = JSON.stringify(rows);
    const { snapshot } = filled({ plugins: rows });
    assert.equal(JSON.stringify(rows), before);
    assert.notEqual(snapshot.plugins.get("p"), rows[0]);
    assert.equal(snapshot.plugins.get("q"), rows[1]);
  });

  it("looks for none where no field is meant for one", () => {
    for (const name of ["plain", "bare", "unknown"])
      assert.deepEqual(configOf({ secret: A }, name), { secret: A });
  });

  it("asks the vault that the reference names, with its prefix or with the reference's own", () => {
    const secretOf = (secret: string, vaults = VAULTS) =>
      (configOf({ secret }, "told", vaults) as { secret: string }).secret;
    assert.equal(secretOf("{vault://my-vault/a}"), "of an entity");
    assert.equal(secretOf("{vault://my-vault/a?prefix=MY_}"), "with a prefix");
    assert.equal(secretOf(A, { ...VAULTS, envPrefix: "MY-" }), "with a prefix");
    assert.equal(secretOf("{vault://my-vault/a}", { ...VAULTS, envPrefix: "MY-" }), "of an entity");
    assert.equal(secretOf("{vault://my-vault/a}", { ...VAULTS, enabled: [] }), "");
    assert.equal(secretOf("{vault://other/a}"), "");
  });

  it("says once why there is no secret; an empty one is one", () => {
    const config = { secret: NONE, list: [NONE, "{vault://other/x}", "{vault://env/empty}"] };
    const plugins = ["p", "q"].map((id) => ({ id, name: "told", config }));
    const told = filled({ plugins }).records.map(({ level, fields }) => [level, fields]);
    assert.deepEqual(told, [
      [
        "warn",
        {
          reference: NONE,
          reason: "could not get value from external vault (no value found)",
        },
      ],
      ["warn", { reference: "{vault://other/x}", reason: "could not find vault (other)" }],
    ]);
  });
});

describe("secrets in entities of the core", () => {
  it("are those of certificates and keys", () => {
    const certificate = { id: "c", cert: A, key: "{vault://env/none}", tags: [A] };
    const key = { id: "k", kid: A, jwk: null, pem: { private_key: A, public_key: "x" } };
    const { snapshot } = filled({ certificates: [certificate], keys: [key], services: [] });
    const rowOf = (entity: string, id: string) => snapshot.entities.get(entity)?.get(id);
    const { cert, key: none, tags } = rowOf("certificates", "c")!;
    assert.deepEqual([cert, none, tags], ["s3cret", "", [A]]);
    const { kid, pem } = rowOf("keys", "k")!;
    assert.deepEqual(
      [kid, pem],
      [A, { private_key: "s3cret", public_key: "x", $refs: { private_key: A } }],
    );
  });
});
