/** Rows as they travel to a worker: whatever they are, the worker has what the primary had. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { packRow, unpackRow } from "../../../core/main/packed-rows.ts";
import type { Row } from "../../../core/store/snapshot.ts";
import { seededRandom } from "../../helpers/seed.ts";

const overTheChannel = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const travel = (base: Row, row: Row): Row =>
  unpackRow(overTheChannel(base), overTheChannel(packRow(base, row)));
const row = (fields: Record<string, unknown>): Row => fields as unknown as Row;

describe("packed rows", () => {
  it("carry only what is not as in the base", () => {
    const base = row({
      id: "a",
      protocols: ["http"],
      service: { id: "s" },
      hosts: null,
      paths: ["/a"],
    });
    const other = row({
      id: "b",
      protocols: ["http"],
      service: { id: "s" },
      hosts: null,
      paths: ["/b"],
    });
    assert.deepEqual(packRow(base, other), { id: "b", paths: ["/b"] });
    const [first, second] = [travel(base, base), travel(base, other)];
    assert.deepEqual([first, second], [base, other]);
  });

  it("share the base's values", () => {
    const base = row({ id: "a", protocols: ["http"], service: { id: "s" } });
    const unpacked = unpackRow(
      base,
      packRow(base, row({ id: "b", protocols: ["http"], service: { id: "s" } })),
    );
    assert.equal(unpacked.protocols, base.protocols);
    assert.equal(unpacked.service, base.service);
  });

  it("are whole where they have other fields than the base", () => {
    const base = row({ id: "a", name: "n" });
    for (const other of [
      row({ id: "b" }),
      row({ id: "b", name: "n", more: 1 }),
      row({ id: "b", more: 1 }),
    ])
      assert.deepEqual(packRow(base, other), [other]);
  });

  // Goal: no row is changed by the way. Method: random rows, with values that look alike, against what JSON alone does.
  it("arrive as plain JSON would", () => {
    const random = seededRandom("packed rows");
    const values: readonly unknown[] = [
      ...[null, undefined, 0, 1, "", "1", true, false, [], {}, [null], ["a"], ["a", "b"], [["a"]]],
      ...[{ id: "x" }, { id: "y" }, { id: "x", name: "x" }, { id: 1 }, { name: "x" }, { id: null }],
      ...[{ 0: "a", length: 1 }, Array.from({ length: 17 }, () => 1)],
    ];
    const names = ["a", "b", "c", "__proto__x", "toString"];
    const make = (): Row => {
      const fields: Record<string, unknown> = { id: String(random.int(3)) };
      for (const name of names)
        if (random.int(10) > 0) fields[name] = structuredClone(random.pick(values));
      return row(fields);
    };
    for (let i = 0; i < 20_000; i++) {
      const [base, other] = [make(), make()];
      assert.deepEqual(travel(base, other), overTheChannel(other));
    }
  });
});
