/** The store without a database: pages, lookups, and rows replaced as a whole. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryStore } from "../../../core/store/memory.ts";
import type { Row } from "../../../core/store/snapshot.ts";

const id = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;

/** Rows in an order that is not that of their ids. */
function consumers(count: number): Row[] {
  return Array.from({ length: count }, (_, index) => ({
    id: id((index * 7) % count),
    username: `c${(index * 7) % count}`,
    tags: index % 2 === 0 ? ["even"] : ["odd", "x"],
  })) as Row[];
}

function pages(store: MemoryStore, size: number): string[][] {
  const found: string[][] = [];
  let offset: string | null = null;
  do {
    const page = store.page("consumers", { size, offset });
    assert.ok(page !== null);
    found.push(page.rows.map((row) => String(row.username)));
    offset = page.offset;
  } while (offset !== null);
  return found;
}

describe("MemoryStore", () => {
  const store = new MemoryStore(new Map([["consumers", consumers(10)]]));

  it("gives every row on exactly one page, in order of id, for every size", () => {
    const all = Array.from({ length: 10 }, (_, index) => `c${index}`);
    for (let size = 1; size <= 11; size++) {
      const found = pages(store, size);
      assert.deepEqual(found.flat(), all, `size ${size}`);
      // a full page at the end has a next one without rows, as in Kong
      assert.equal(found.length, Math.floor(10 / size) + 1, `size ${size}`);
    }
  });

  it("filters by all or any of some tags", () => {
    const count = (names: string[], all: boolean): number | undefined =>
      store.page("consumers", { size: 100, offset: null, tags: { names, all } })?.rows.length;
    assert.equal(count(["even"], true), 5);
    assert.equal(count(["odd", "x"], true), 5);
    assert.equal(count(["odd", "even"], true), 0);
    assert.equal(count(["odd", "even"], false), 10);
  });

  it("goes on behind a row that is gone", () => {
    const changing = new MemoryStore(new Map([["consumers", consumers(10)]]));
    const first = changing.page("consumers", { size: 3, offset: null });
    const left = consumers(10).filter((row) => row.username !== "c2");
    changing.replaceAll(new Map([["consumers", left]]));
    const second = changing.page("consumers", { size: 3, offset: first?.offset ?? null });
    assert.deepEqual(
      second?.rows.map((row) => row.username),
      ["c3", "c4", "c5"],
    );
  });

  it("refuses an offset that it never gave", () => {
    for (const offset of ["x", "", Buffer.from("c3").toString("base64url")]) {
      assert.equal(store.page("consumers", { size: 3, offset }), null, offset);
    }
  });

  it("finds rows by id, by unique field and by what they refer to", () => {
    const rows = new Map([
      ["services", [{ id: id(1), name: "s" }] as unknown as Row[]],
      [
        "routes",
        [
          { id: id(9), name: "b", service: { id: id(1) } },
          { id: id(8), name: "a", service: { id: id(1) } },
          { id: id(7), name: "c", service: null },
        ] as unknown as Row[],
      ],
    ]);
    const other = new MemoryStore(rows);
    assert.equal(other.byId("services", id(1))?.name, "s");
    assert.equal(other.byId("services", id(2)), undefined);
    assert.equal(other.byField("services", "name", "s")?.id, id(1));
    assert.equal(other.byField("nothing", "name", "s"), undefined);
    const names = other.referring("routes", "service", id(1)).map((row) => row.name);
    assert.deepEqual(names, ["a", "b"]);
    const parent = { field: "service", id: id(1) };
    const page = other.page("routes", { size: 1, offset: null, parent });
    assert.deepEqual([page?.rows.length, page?.offset === null], [1, false]);
  });

  it("keeps parameters by their key", () => {
    const rows = [{ key: "a", value: "b" }] as unknown as Row[];
    assert.equal(new MemoryStore(new Map([["parameters", rows]])).byId("parameters", "a"), rows[0]);
  });
});
