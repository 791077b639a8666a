/** Rows made, changed and shown: defaults, values that the gateway makes, merging, old names. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { EntityRegistry } from "../../../core/entities/registry.ts";
import type { Table } from "../../../core/entities/schema/definition.ts";
import { schemaViolation } from "../../../core/entities/schema/violation.ts";
import { fullRegistry } from "./registry-fixture.ts";
import { testSeed } from "../../helpers/seed.ts";
import { TARGET_SCHEMA } from "../../../core/entities/target.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("EntityType", () => {
  let registry: EntityRegistry;
  before(() => {
    registry = fullRegistry();
  });

  it("makes ids, times and random texts", () => {
    const { row } = registry.entity("keyauth_credentials").insert({
      consumer: { id: "00000000-0000-4000-8000-000000000001" },
    });
    assert.match(String(row.id), UUID);
    assert.match(String(row.key), /^[0-9A-Za-z]{32}$/);
    assert.ok(Math.abs(Number(row.created_at) - Date.now() / 1000) < 5);
    assert.ok(Number.isInteger(row.created_at));
  });

  it("gives targets times with a fraction", () => {
    const upstream = { id: "00000000-0000-4000-8000-000000000001" };
    const { row } = registry.entity("targets").insert({ target: "a.test", upstream });
    assert.ok(Math.abs(Number(row.created_at) - Date.now() / 1000) < 5);
  });

  for (const [given, kept] of [
    ["[::1]:8192", "[0000:0000:0000:0000:0000:0000:0000:0001]:8192"],
    ["[2001:DB8::]", "[2001:0db8:0000:0000:0000:0000:0000:0000]:8000"],
    ["1:2:3:4:5:6:7:8", "[0001:0002:0003:0004:0005:0006:0007:0008]:8000"],
  ] as const) {
    it(`keeps the Target ${given} with its address in full`, () => {
      const row = { target: given };
      TARGET_SCHEMA.transform?.(row);
      assert.equal(row.target, kept);
    });
  }

  it("keeps a time to live beside the fields", () => {
    const consumer = { id: "00000000-0000-4000-8000-000000000001" };
    const { row, errors } = registry.entity("keyauth_credentials").insert({ consumer, ttl: 10 });
    assert.equal(errors, undefined);
    assert.equal(row.ttl, 10);
    const other = registry.entity("consumers").insert({ username: "a", ttl: 10 });
    assert.deepEqual(other.errors, { ttl: "unknown field" });
  });

  it("takes a value of a set once", () => {
    const { row } = registry.entity("services").insert({ host: "a.test", tags: ["a", "b", "a"] });
    assert.deepEqual(row.tags, ["a", "b"]);
  });

  it("takes an empty object for an empty list, and the other way round", () => {
    const { row, errors } = registry
      .entity("routes")
      .insert({ paths: ["/"], tags: {}, headers: [] });
    assert.equal(errors, undefined);
    assert.deepEqual([row.tags, row.headers], [[], {}]);
  });

  it("does not let one row change another through a default", () => {
    const { row } = registry.entity("routes").insert({ paths: ["/"] });
    assert.throws(() => (row.protocols as string[]).push("tcp"), TypeError);
    const upstreams = registry.entity("upstreams");
    const one = upstreams.insert({ name: "a.test" }).row as { healthchecks: { threshold: number } };
    one.healthchecks.threshold = 50;
    const other = upstreams.insert({ name: "b.test" }).row as {
      healthchecks: { threshold: number };
    };
    assert.equal(other.healthchecks.threshold, 0);
  });

  it("leaves the input alone", () => {
    const input = { url: "https://a.test/p", tags: ["x"] };
    const copy = structuredClone(input);
    registry.entity("services").insert(input);
    assert.deepEqual(input, copy);
  });

  it("merges records and replaces everything else in an update", () => {
    const plugins = registry.entity("plugins");
    const old = plugins.insert({
      name: "rate-limiting",
      config: { minute: 5, redis: { host: "a.test", port: 1 } },
    }).row;
    const { row, errors } = plugins.update(old, {
      config: { hour: 9, redis: { port: 2 } },
      tags: ["t"],
    });
    assert.equal(errors, undefined);
    const config = row.config as { minute: number; hour: number; redis: Table };
    assert.deepEqual(
      [config.minute, config.hour, config.redis.host, config.redis.port, row.tags, row.id],
      [5, 9, "a.test", 2, ["t"], old.id],
    );
  });

  it("checks the whole row in an update", () => {
    const consumers = registry.entity("consumers");
    const old = consumers.insert({ username: "a" }).row;
    const { errors } = consumers.update(old, { username: null });
    assert.match(schemaViolation(errors ?? {}).message, /at least one of these fields/);
  });

  it("shows old names of a plugin's fields beside the new ones", () => {
    const plugins = registry.entity("plugins");
    const { row } = plugins.insert({
      name: "rate-limiting",
      config: { minute: 5, redis_host: "a.test" },
    });
    assert.ok(!("redis_host" in (row.config as Table)));
    const shown = plugins.show(row).config as Table;
    assert.deepEqual([shown.redis_host, shown.redis_port], ["a.test", 6379]);
  });

  it("refuses an old name that contradicts the new one", () => {
    const { errors } = registry.entity("plugins").insert({
      name: "rate-limiting",
      config: { minute: 5, redis_host: "a.test", redis: { host: "b.test" } },
    });
    assert.match(JSON.stringify(errors), /both deprecated and new field are used/);
  });

  it("takes a reference to a secret without looking at it", () => {
    const reference = "{vault://env/cert}";
    const { errors } = registry.entity("certificates").insert({ cert: reference, key: reference });
    assert.equal(errors, undefined);
  });

  it("finds a field named __proto__", () => {
    const input = JSON.parse('{"host": "a.test", "__proto__": {"x": 1}}') as Table;
    const { errors } = registry.entity("services").insert(input);
    assert.deepEqual(Object.entries(errors ?? {}), [["__proto__", "unknown field"]]);
  });

  it("asks the router whether it can have a pattern", () => {
    const asked: string[] = [];
    const strict = new EntityRegistry({
      checkPattern: (pattern, where) => {
        asked.push(`${where} ${pattern}`);
        return pattern.includes("?=") ? "look-around is not supported" : null;
      },
    });
    const routes = strict.entity("routes");
    assert.equal(
      routes.insert({ paths: ["~/a$", "/b"], headers: { x: ["~*c", "d"] } }).errors,
      undefined,
    );
    assert.deepEqual(asked, ["path /a$", "header c"]);
    assert.deepEqual(routes.insert({ paths: ["~/(?=a)"] }).errors, {
      "@entity": ["Router Expression failed validation: look-around is not supported"],
    });
  });

  it("checks one field alone", () => {
    const services = registry.entity("services");
    assert.equal(services.checkField("name", "a"), undefined);
    assert.match(String(services.checkField("name", "a b")), /^invalid value 'a b'/);
  });

  // Goal: no value from outside breaks the engine, and what it accepts it accepts again.
  it("never throws, and takes its own rows again", () => {
    const seed = testSeed("entity types");
    const names = ["services", "routes", "consumers", "upstreams", "plugins", "vaults"];
    const keys = [
      ...[
        "name",
        "host",
        "port",
        "url",
        "protocols",
        "paths",
        "hosts",
        "headers",
        "tags",
        "config",
      ],
      ...["username", "healthchecks", "hash_on", "service", "id", "snis", "sources", "prefix"],
    ];
    const value = fc.oneof(
      fc.constantFrom("http", "tcp", "key-auth", "env", "/a", "a.test", ["http"], ["/a"]),
      fc.jsonValue({ maxDepth: 3 }),
    );
    const input = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...names), input, (entity, given) => {
        const type = registry.entity(entity);
        const { row, errors } = type.insert(given as Table);
        if (errors !== undefined) {
          assert.ok(schemaViolation(errors).message.length > 0);
          return;
        }
        assert.deepEqual(type.insert(row).row, row);
      }),
      { seed, numRuns: 300, verbose: 1 },
    );
  });
});
