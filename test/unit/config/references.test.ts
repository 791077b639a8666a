/** What references say, and what is wrong with those that name nothing: Kong's words, for settings and plugins alike. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dereference, parseReference, type VaultAccess } from "../../../core/config/references.ts";

describe("a reference to a secret", () => {
  for (const [text, expected] of [
    ["env/name", { name: "env", resource: "name" }],
    ["env/a/b/c", { name: "env", resource: "a/b", key: "c" }],
    ["env/a/b/", { name: "env", resource: "a/b" }],
    ["env//a//b", { name: "env", resource: "a", key: "b" }],
    ["env/a%20b/c%2Fd", { name: "env", resource: "a b", key: "c/d" }],
    ["env/100%", { name: "env", resource: "100%" }],
    [
      "my-vault/a?prefix=x&y=2#2",
      { name: "my-vault", resource: "a", config: { prefix: "x", y: "2" }, version: 2 },
    ],
  ] as const) {
    it(`has the parts of ${text}`, () => {
      const fail = (reason: string) => assert.fail(reason);
      assert.deepEqual(parseReference(`{vault://${text}}`, fail), expected);
    });
  }

  for (const [text, reason] of [
    ["env/name", "not a reference [env/name]"],
    ["{vault://}", "reference url is missing host [{vault://}]"],
    ["{vault:///name}", "reference url is missing host [{vault:///name}]"],
    ["{vault://env}", "reference url is missing path [{vault://env}]"],
    ["{vault://env?prefix=x}", "reference url is missing path [{vault://env?prefix=x}]"],
    ["{vault://env/}", "reference url has empty path [{vault://env/}]"],
    ["{vault://env//}", "reference url has invalid path [{vault://env//}]"],
    ["{vault://env/a#}", "reference url has invalid version [{vault://env/a#}]"],
    ["{vault://env/a#new}", "reference url has invalid version [{vault://env/a#new}]"],
  ] as const) {
    it(`is refused: ${text}`, () => assert.deepEqual(told(parseReference, text), [reason]));
  }
});

/** What is said of a reference that gives nothing. */
function told(
  ask: (text: string, fail: (reason: string) => null) => unknown,
  text: string,
): string[] {
  const reasons: string[] = [];
  const result = ask(text, (reason) => {
    reasons.push(reason);
    return null;
  });
  assert.equal(result, null);
  return reasons;
}

const ENV = {
  PLAIN: "text",
  PLAIN_PREVIOUS: "older text",
  X_PLAIN: "with a prefix",
  JSON_OBJECT: '{"user":"ada","n":5,"none":null,"list":[]}',
  JSON_TEXT: '"text"',
};

function access(changes: Partial<VaultAccess> = {}): VaultAccess {
  return { env: ENV, enabled: ["bundled"], envPrefix: "", ...changes };
}

describe("the secret that a reference names", () => {
  for (const [text, secret] of [
    ["env/plain", "text"],
    ["env/plain#1", "text"],
    ["env/plain#2", "older text"],
    ["env/plain?prefix=x-", "with a prefix"],
    ["env/plain?prefix=1!", "text"],
    ["env/json-object/user", "ada"],
  ] as const) {
    it(`is that of ${text}`, () => {
      const fail = (reason: string) => assert.fail(reason);
      assert.equal(dereference(`{vault://${text}}`, access(), fail), secret);
    });
  }

  const failed = (reason: string) => `could not get value from external vault (${reason})`;
  const subfield = (reason: string) => failed(`could not get subfield value: ${reason}`);
  for (const [text, reason, changes] of [
    ["env/none", failed("no value found")],
    ["env/plain/key", subfield("unable to decode JSON secret")],
    ["env/json-text/key", subfield("unable to decode JSON secret")],
    ["env/json-object/key", subfield("subfield key not found in JSON secret")],
    ["env/json-object/toString", subfield("subfield toString not found in JSON secret")],
    ["env/json-object/n", subfield("unexpected number value in JSON secret for subfield n")],
    ["env/json-object/list", subfield("unexpected table value in JSON secret for subfield list")],
    [
      "env/json-object/none",
      subfield("unexpected userdata value in JSON secret for subfield none"),
    ],
    ["other/plain", "unable to retrieve config from db"],
    ["env/plain", "unable to retrieve config from db", { enabled: [] }],
    ["other/plain", "could not find vault (other)", { entity: () => undefined }],
    ["other/plain", "could not find vault (aws)", { entity: () => ({ name: "aws", config: {} }) }],
  ] as const) {
    it(`is none for ${text}: ${reason}`, () => {
      const ask = (given: string, fail: (reason: string) => null) =>
        dereference(given, access(changes), fail);
      assert.deepEqual(told(ask, `{vault://${text}}`), [reason]);
    });
  }
});
