/**
 * Which errors a document has whose references are wrong, or written in an unusual way: what Kong 3.9.3 answers to each.
 *
 * Kong looks twice at a document that is wrong at first sight, the second time at its references too, so an error in one
 * place brings others to light elsewhere.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDeclarativeObject } from "../../../core/store/declarative.ts";
import { declarativeErrorBody } from "../../../core/store/declarative-answers.ts";
import { fullRegistry } from "../entities/registry-fixture.ts";

const registry = fullRegistry();
const NOBODY = "11111111-1111-4111-8111-111111111111";
const NO_KEY = { id: "missing primary key" };
const NO_UUID = { id: "expected a valid UUID" };
const NO_KIND = { protocols: "required field missing" };
const basic = { username: "b", password: "p" };
const keyAuth = { name: "key-auth" };
const path = { paths: ["/"] };

function read(document: object) {
  return parseDeclarativeObject({ _format_version: "3.0", ...document }, { registry });
}

function errorsOf(document: object): unknown {
  const result = read(document);
  return result.ok ? "none" : JSON.parse(JSON.stringify(result.errors));
}

function flattenedOf(document: object): unknown {
  const result = read(document);
  return result.ok ? "none" : declarativeErrorBody(result, true).flattened_errors;
}

const CASES: readonly (readonly [string, object, unknown])[] = [
  [
    "a reference by id beside a name that leads nowhere",
    {
      routes: [
        { name: "r", ...path, service: { id: NOBODY } },
        { ...path, service: "no" },
      ],
    },
    { routes: [null, { service: NO_KEY }] },
  ],
  [
    "a password beside a name that leads nowhere",
    {
      consumers: [{ username: "u", basicauth_credentials: [basic] }],
      acls: [{ group: "g", consumer: "no" }],
    },
    { acls: [{ consumer: NO_KEY }] },
  ],
  [
    "a row twice beside something wrong",
    {
      upstreams: [{ name: "u" }],
      targets: [
        { target: "h:1", upstream: "u" },
        { target: "h:1", upstream: "u" },
      ],
      services: [{ name: "s" }],
    },
    { services: [{ host: "required field missing" }], targets: [{ upstream: NO_KEY }] },
  ],
  [
    "rows in a row whose name is a number",
    { services: [{ name: 5, host: "h", routes: [path] }] },
    { services: [{ name: "expected a string", routes: [{ service: NO_KEY }] }] },
  ],
  [
    "rows in a row whose id is none",
    { services: [{ id: "x", host: "h", routes: [path] }] },
    { services: [{ id: "expected a valid UUID", routes: [{ service: NO_UUID }] }] },
  ],
  [
    "an id that is a table",
    { services: [{ id: { toString: 5 }, host: "h" }] },
    { services: [{ id: "expected a string" }] },
  ],
  [
    "a name of a row whose id is none",
    { services: [{ id: "x", name: "s", host: "h" }], routes: [{ ...path, service: "s" }] },
    { routes: [{ service: NO_UUID }], services: [{ id: "expected a valid UUID" }] },
  ],
  [
    "a Route referred to by an object with its name",
    { routes: [{ name: "r", ...path }], plugins: [{ ...keyAuth, route: { name: "r" } }] },
    { plugins: [{ route: NO_KIND }] },
  ],
  [
    "a Route referred to by an id that is none",
    { plugins: [{ ...keyAuth, route: { id: "r" } }] },
    { plugins: [{ route: NO_KIND }] },
  ],
  [
    "a Service referred to by an object with more than an id that is none",
    { plugins: [{ ...keyAuth, service: { id: "s", foo: 1 } }] },
    { plugins: [{ service: { ...NO_UUID, foo: "unknown field" } }] },
  ],
  [
    "a plugin without a name",
    { plugins: [{ consumer: "no", foo: 1 }] },
    { plugins: [{ name: "required field missing" }] },
  ],
  [
    "a parent repeated in a row inside of it",
    { services: [{ name: "s", host: "h", routes: [{ ...path, service: "s" }] }] },
    "none",
  ],
  [
    "another parent in a row inside of one",
    { services: [{ name: "s", host: "h", routes: [{ ...path, service: "no" }] }] },
    { services: [{ routes: [{ service: "value must be null" }] }] },
  ],
  [
    "a value that must be unique three times",
    { consumers: ["a", "b", "c"].map((username) => ({ username, custom_id: "x" })) },
    {
      consumers: {
        c: "uniqueness violation: 'consumers' entity with custom_id set to 'x' already declared",
      },
    },
  ],
  [
    "a workspace's id",
    { services: [{ name: "s", host: "h", ws_id: NOBODY }] },
    { services: [{ ws_id: "unknown field" }] },
  ],
  [
    "a time of change where there is none",
    { consumers: [{ username: "u", acls: [{ group: "g", updated_at: 1 }] }] },
    "none",
  ],
];

describe("errors of references in a document", () => {
  for (const [name, document, errors] of CASES) {
    it(name, () => assert.deepEqual(errorsOf(document), errors));
  }

  it("a list has no members that a document could mean by its methods", () => {
    const result = parseDeclarativeObject([], { registry });
    assert.deepEqual(!result.ok && result.errors, { _format_version: "required field missing" });
  });
});

describe("flattened errors of references and lists in a row", () => {
  it("shows what stands in the place of a list of rows unless it is a table", () => {
    assert.deepEqual(flattenedOf({ upstreams: [{ name: "u", targets: "t" }] }), [
      {
        entity_type: "upstream",
        entity_name: "u",
        entity: { name: "u", targets: "t" },
        errors: [{ type: "field", field: "targets", message: "expected an array" }],
      },
    ]);
    assert.deepEqual(flattenedOf({ upstreams: [{ name: "u", targets: { target: "t" } }] }), {});
  });

  it("shows an empty list of tags", () => {
    assert.deepEqual(flattenedOf({ services: [{ tags: [] }] }), [
      {
        entity_type: "service",
        entity_tags: [],
        entity: { tags: [] },
        errors: [{ type: "field", field: "host", message: "required field missing" }],
      },
    ]);
  });

  it("lists a parent that is repeated in a row inside of another as a row of its own", () => {
    const plugin = { ...keyAuth, service: { id: NOBODY } };
    const document = { services: [{ name: "s", routes: [{ ...path, plugins: [plugin] }] }] };
    assert.deepEqual(flattenedOf(document), [
      {
        entity_type: "service",
        entity_id: NOBODY,
        entity: { id: NOBODY },
        errors: [{ type: "entity", message: "value must be null" }],
      },
      {
        entity_type: "service",
        entity_name: "s",
        entity: { name: "s" },
        errors: [{ type: "field", field: "host", message: "required field missing" }],
      },
    ]);
  });
});
