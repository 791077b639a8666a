/**
 * What a real Kong 3.9 answered to POST /config, asked of the reader without the Admin API.
 *
 * Runs where the recordings are beside the project.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import type { Table } from "../../../core/entities/schema/definition.ts";
import {
  type DeclarativeResult,
  parseDeclarative,
  parseDeclarativeObject,
} from "../../../core/store/declarative.ts";
import {
  declarativeEntities,
  declarativeErrorBody,
} from "../../../core/store/declarative-answers.ts";
import { fillIn, withoutReasons } from "../entities/recorded-text.ts";
import { fullRegistry } from "../entities/registry-fixture.ts";

const FOLDER = resolve(import.meta.dirname, "../../../../shared/conformance/recorded");
const FILES = ["config", "config-errors"];

interface Step {
  readonly name: string;
  readonly path: string;
  readonly method?: string;
  readonly json?: Table;
  readonly body?: string;
  readonly form?: unknown;
  readonly headers?: unknown;
  readonly only?: readonly string[];
  readonly ignore?: readonly string[];
}
interface Answer {
  readonly status: number;
  readonly body: Table;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(join(FOLDER, "admin", `${name}.json`), "utf8"));

/** Steps that ask for more than reading: forms, parts, arguments that become fields, pages of errors cut short. */
function isPlayable(step: Step, answer: Answer | undefined): answer is Answer {
  if (step.method !== "POST" || !step.path.startsWith("/config") || answer === undefined)
    return false;
  if (step.only || step.ignore || step.form || step.path.includes("_format_version")) return false;
  if (JSON.stringify([step.headers, step.json]).match(/multipart|\$\{text\}/)) return false;
  return answer.status === 201 || (answer.status === 400 && answer.body.code === 14);
}

function isFlattened(step: Step): boolean {
  return (
    /flatten_errors(=(1|true|TRUE|on|yes))?(&|$)/.test(step.path) || !!step.json?.flatten_errors
  );
}

function play(step: Step, registry: ReturnType<typeof fullRegistry>): DeclarativeResult {
  if (step.json === undefined) return parseDeclarative(String(step.body), { registry });
  const { flatten_errors: _, ...given } = fillIn(step.json, FOLDER) as Table;
  if (typeof given.config === "string") return parseDeclarative(given.config, { registry });
  return parseDeclarativeObject(given, { registry });
}

/** Lists of errors come in no order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, sorted(member)] as const);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

describe("recorded answers of POST /config", {
  skip: existsSync(FOLDER) ? false : "the recordings are not here",
}, () => {
  for (const file of FILES) {
    it(file, () => {
      const registry = fullRegistry();
      const { groups } = read(file) as { groups: { name: string; steps: Step[] }[] };
      const answers = read(`${file}.answers`) as Record<string, Record<string, Answer>>;
      let count = 0;
      for (const { name, steps } of groups) {
        for (const step of steps) {
          const answer = answers[name]?.[step.name];
          if (!isPlayable(step, answer)) continue;
          count++;
          const result = play(step, registry);
          const body = result.ok
            ? declarativeEntities(result)
            : declarativeErrorBody(result, isFlattened(step));
          const title = `${name} / ${step.name}`;
          assert.equal(result.ok ? 201 : 400, answer.status, title);
          assert.deepEqual(
            sorted(withoutReasons(body)),
            sorted(withoutReasons(answer.body)),
            title,
          );
        }
      }
      assert.ok(count >= 9, `only ${count} steps were played`);
    });
  }
});
