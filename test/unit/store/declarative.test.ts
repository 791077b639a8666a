/** Declarative documents: good ones become rows, bad ones say what is wrong, where, and change nothing. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import type { EntityRegistry } from "../../../core/entities/registry.ts";
import {
  type DeclarativeConfig,
  EMPTY_HASH,
  hashOf,
  type InvalidConfig,
  parseDeclarative,
  parseDeclarativeObject,
} from "../../../core/store/declarative.ts";
import { declarativeErrorBody } from "../../../core/store/declarative-answers.ts";
import { errorLines } from "../../../core/store/declarative-errors.ts";
import { exportDeclarative } from "../../../core/store/declarative-export.ts";
import { fullRegistry } from "../entities/registry-fixture.ts";
import { testSeed } from "../../helpers/seed.ts";

let registry: EntityRegistry;
before(() => {
  registry = fullRegistry();
});

function good(text: string, filename = "kong.yml"): DeclarativeConfig {
  const result = parseDeclarative(text, { registry, filename });
  if (!result.ok) assert.fail(result.lines.map((line) => line.text).join("\n"));
  return result;
}

function bad(text: string, filename = "kong.yml"): InvalidConfig {
  const result = parseDeclarative(text, { registry, filename });
  assert.ok(!result.ok, "it was accepted");
  return result;
}

const linesOf = (text: string, filename?: string): string[] =>
  bad(text, filename).lines.map((line) => line.text);

describe("a good document", () => {
  it("becomes rows, those inside of a row first", () => {
    const { rows } = good(`
_format_version: "3.0"
services:
- name: s
  url: http://a.test:81/p
  routes:
  - name: r
    paths: [/a]
    plugins:
    - name: key-auth
consumers:
- username: c
  keyauth_credentials:
  - key: k
`);
    assert.deepEqual([...rows.keys()].sort(), [
      ...["consumers", "keyauth_credentials", "plugins", "routes", "services"],
    ]);
    const [service] = rows.get("services")!;
    const [route] = rows.get("routes")!;
    assert.deepEqual([service?.host, service?.port, service?.path], ["a.test", 81, "/p"]);
    assert.deepEqual(route?.service, { id: service?.id });
    assert.deepEqual(rows.get("plugins")![0]?.route, { id: route?.id });
    assert.deepEqual(rows.get("keyauth_credentials")![0]?.consumer, {
      id: rows.get("consumers")![0]?.id,
    });
  });

  // Ids of a configuration in Kong's own documentation of its tests, and keys worked out from Kong's rule.
  it("gives rows the ids that Kong gives them", () => {
    const { rows } = good(`
_format_version: "3.0"
services:
- name: my-service
  url: https://a.test
  routes:
  - name: my-route
    paths: [/]
consumers:
- username: my-user
`);
    assert.equal(rows.get("services")![0]?.id, "0855b320-0dd2-547d-891d-601e9b38647f");
    assert.equal(rows.get("routes")![0]?.id, "481a9539-f49c-51b6-b2e2-fe99ee68866c");
    assert.equal(rows.get("consumers")![0]?.id, "4b1b701d-de2b-5588-9aa2-3b97061d9f52");
  });

  it("makes the same ids each time, and random ones where nothing tells rows apart", () => {
    const text = `
_format_version: "3.0"
upstreams:
- name: u.test
  targets: [{target: "a.test:1"}, {target: "b.test:1"}]
routes:
- paths: [/]
`;
    const [one, other] = [good(text).rows, good(text).rows];
    const ids = (rows: typeof one, entity: string): unknown[] =>
      rows.get(entity)!.map((row) => row.id);
    assert.deepEqual(ids(one, "targets"), ids(other, "targets"));
    assert.notDeepEqual(ids(one, "routes"), ids(other, "routes"));
  });

  it("finds rows by name and by id, whatever the order", () => {
    const id = "00000000-0000-4000-8000-00000000000a";
    const { rows } = good(`
_format_version: "3.0"
routes:
- {name: a, paths: [/a], service: s}
- {name: b, paths: [/b], service: ${id}}
- {name: c, paths: [/c], service: {id: ${id}}}
services:
- {id: ${id}, name: s, host: a.test}
`);
    for (const route of rows.get("routes")!) assert.deepEqual(route.service, { id });
  });

  it("carries paths of old formats over", () => {
    const { rows } = good(`
_format_version: "1.1"
services:
- name: s
  url: http://a.test
  routes:
  - paths: ["/x/\\\\d+", /plain, /a.b, "/a%20b"]
`);
    assert.deepEqual(rows.get("routes")![0]?.paths, ["~/x/\\d+", "/plain", "/a.b", "/a b"]);
  });

  it("hashes passwords unless it is told not to, and keeps them as given for the answer", () => {
    const text = (transform: boolean): string => `
_format_version: "3.0"
_transform: ${transform}
consumers:
- id: 00000000-0000-4000-8000-000000000001
  username: c
  basicauth_credentials: [{username: u, password: secret}]
`;
    const hashed = good(text(true));
    const plain = good(text(false));
    const password = (rows: DeclarativeConfig["rows"]): unknown =>
      rows.get("basicauth_credentials")![0]?.password;
    assert.equal(password(hashed.rows), "3b9edfd38c391cb30f37903ed9b4a5a164ccf9e0");
    assert.equal(password(hashed.given), "secret");
    assert.equal(password(plain.rows), "secret");
  });

  it("reads JSON, YAML 1.1 booleans, equal keys, several documents and a byte order mark", () => {
    const service = (text: string): unknown => good(text, "config").rows.get("services")![0];
    const json = '{"_format_version":"3.0","services":[{"name":"s","host":"a.test"}]}';
    assert.equal((service(json) as { host: string }).host, "a.test");
    const yaml =
      "_format_version: '3.0'\nservices:\n- {name: s, host: a, host: b.test, enabled: no}\n";
    const read = service(`\ufeff${yaml}---\nother: 1\n`) as { host: string; enabled: boolean };
    assert.deepEqual([read.host, read.enabled], ["b.test", false]);
  });

  it("is hashed over its text", () => {
    const text = '{"_format_version":"3.0","consumers":[{"username":"a"}]}';
    assert.equal(good(text).hash, hashOf(text));
    assert.equal(good('{"_format_version":"3.0"}').hash, EMPTY_HASH, "nothing is no configuration");
  });

  it("comes back from its export", () => {
    const first = good(`
_format_version: "3.0"
services:
- name: s
  url: https://a.test
  tags: [x, "yes"]
  routes:
  - {name: r, paths: [/], headers: {x-a: ["1"]}}
  plugins:
  - {name: rate-limiting, config: {minute: 5}}
consumers:
- username: c
  basicauth_credentials: [{username: u, password: secret}]
parameters:
- {key: a, value: b}
`);
    const again = good(exportDeclarative(first, registry));
    assert.deepEqual(Object.fromEntries(again.rows), Object.fromEntries(first.rows));
    assert.equal(exportDeclarative(again), exportDeclarative(first, registry));
  });
});

describe("a bad document", () => {
  it("names file, line and path of every error", () => {
    const text = `_format_version: "3.0"
services:
- name: a
  host: a.test
  port: many
  routes:
  - name: r
    paths:
    - /ok
    - bad
- name: b
consumers:
- tags: [x]
things: []
`;
    assert.deepEqual(linesOf(text).sort(), [
      "kong.yml:10: services[1].routes[1].paths[2]: should start with: / (fixed path) or ~/ (regex path)",
      "kong.yml:11: services[2].host: required field missing",
      "kong.yml:13: consumers[1]: at least one of these fields must be non-empty: 'custom_id', 'username'",
      "kong.yml:14: things: unknown field",
      "kong.yml:5: services[1].port: expected an integer",
    ]);
  });

  it("names lines in JSON too", () => {
    const text = '{\n"_format_version": "3.0",\n"services": [\n{"name": "s",\n"host": 1}]}';
    assert.deepEqual(linesOf(text, "k.json"), ["k.json:5: services[1].host: expected a string"]);
  });

  it("names the line of text that is no YAML", () => {
    const [line] = linesOf('_format_version: "3.0"\nservices:\n\t- name: a\n');
    assert.equal(line, "kong.yml:3: 3:0: found character that cannot start any token");
    assert.deepEqual(bad("a: [").errors, {
      error: "failed parsing declarative configuration: 1:4: did not find expected node content",
    });
  });

  it("says what is no table", () => {
    for (const text of ["", "# nothing\n", "hello\n", "7"]) {
      const { errors } = bad(text);
      assert.equal(errors.error, "failed parsing declarative configuration: expected an object");
    }
  });

  it("says which versions there are", () => {
    assert.deepEqual(bad("services: []").errors, { _format_version: "required field missing" });
    assert.deepEqual(bad("_format_version: 3.0").errors, { _format_version: "expected a string" });
    assert.deepEqual(bad('_format_version: "4.0"').errors, {
      _format_version: "expected one of: 1.1, 2.1, 3.0",
    });
  });

  it("finds what is declared twice, and references that lead nowhere", () => {
    const text = `_format_version: "3.0"
services:
- {name: a, host: a.test}
- {name: a, host: b.test}
routes:
- {name: r, paths: [/], service: nope}
`;
    const { errors, lines } = bad(text);
    assert.deepEqual(errors, {
      services: [
        null,
        "uniqueness violation: 'services' entity with name set to 'a' already declared",
      ],
      routes: { r: ["invalid reference 'service: nope' (no such entry in 'services')"] },
    });
    assert.deepEqual(
      lines.map(({ path, line }) => [path, line]),
      [
        ["services[2].name", 4],
        ["routes[1].service", 6],
      ],
    );
  });

  it("prints its errors as the command line shows them", () => {
    const { errors } = bad('_format_version: "3.0"\nroutes:\n- name: r\n  paths: ["x"]\n');
    assert.deepEqual(errorLines(errors), [
      "in 'routes':",
      "  - in entry 1 of 'routes':",
      "    in 'paths':",
      "      - in entry 1 of 'paths': should start with: / (fixed path) or ~/ (regex path)",
    ]);
  });

  it("is bounded: nesting, aliases of aliases, a list within itself", () => {
    const deep = `{"_format_version": "3.0", "_ignore": ${"[".repeat(1000)}${"]".repeat(1000)}}`;
    assert.match(String(bad(deep, "k.json").errors.error), /deeper than 64 levels/);
    assert.match(String(bad(deep).errors.error), /./);
    const levels = Array.from({ length: 20 }, (_, level) => {
      const list = Array.from({ length: 10 }, () => `*a${level}`).join(", ");
      return `a${level + 1}: &a${level + 1} [${list}]`;
    });
    const bomb = ["a0: &a0 [x]", ...levels].join("\n");
    assert.match(String(bad(bomb).errors.error), /more than 20000000 values/);
    assert.match(String(bad("a: &a [*a]").errors.error), /more than|invalid reference: a/);
  });
});

describe("any input", () => {
  const json = fc.jsonValue({ maxDepth: 5 });

  it("gives rows or errors, and never throws", () => {
    const seed = testSeed("declarative, texts");
    const pieces = fc.constantFrom(
      ..."services: |routes:|- |name: a|  |\n|paths: [/]|host: a.test|*x|&x |{|}|[|]|\"|'|: |~|\t".split(
        "|",
      ),
      '_format_version: "3.0"\n',
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join("")),
      fc.string(),
      json.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, (given) => {
        const result = parseDeclarative(given, { registry });
        if (!result.ok) assert.ok(result.lines.length > 0);
      }),
      { seed, numRuns: 400 },
    );
  });

  // Goal: a document has rows or errors and nothing in between; the answer to errors can always be made.
  it("is all or nothing", () => {
    const seed = testSeed("declarative, documents");
    const row = fc.dictionary(
      fc.constantFrom("name", "host", "paths", "service", "routes", "plugins", "tags", "id", "url"),
      fc.oneof(fc.constantFrom("a", "b.test", ["/a"], "http://a.test"), json),
      { maxKeys: 4 },
    );
    const rows = fc.oneof(json, fc.array(row, { maxLength: 3 }));
    const document = fc.record(
      { services: rows, routes: rows, consumers: rows, plugins: rows, things: json },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(document, (given) => {
        const result = parseDeclarativeObject({ ...given, _format_version: "3.0" }, { registry });
        if (result.ok) {
          const count = [...result.rows.values()].reduce((sum, list) => sum + list.length, 0);
          assert.ok(count >= ((given.services as unknown[] | null)?.length ?? 0));
          return;
        }
        for (const flatten of [false, true]) {
          assert.ok(JSON.stringify(declarativeErrorBody(result, flatten)).length > 0);
        }
      }),
      { seed, numRuns: 400 },
    );
  });
});
