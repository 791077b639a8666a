/**
 * What a real Kong 3.9 answered to POST /schemas/.../validate, asked of the engine without the Admin API.
 *
 * Runs where the recordings are beside the project.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import type { Table } from "../../../core/entities/schema/definition.ts";
import { schemaViolation } from "../../../core/entities/schema/violation.ts";
import { fillIn, withoutReasons } from "./recorded-text.ts";
import { fullRegistry } from "./registry-fixture.ts";

const FOLDER = resolve(import.meta.dirname, "../../../../shared/conformance/recorded");
const FILES = {
  traditional_compatible: [
    ...["validate-services", "validate-routes", "validate-upstreams", "validate-entities"],
    ...["validate-plugins", "validate-plugin-rules"],
  ],
  traditional: ["validate-routes-traditional"],
} as const;

/** Steps that do not ask the engine alone. */
const EXCEPT = [
  "an argument in the query", // the Admin API adds it
];
/** Plugins with checks in their own code; their schemas of the recordings have none. */
const WITH_CODE = new Set([
  ...["statsd", "ai-proxy", "ai-request-transformer", "ai-response-transformer", "file-log"],
  ...["cors", "request-termination", "rate-limiting", "oauth2", "aws-lambda", "pre-function"],
  ...["post-function", "request-transformer", "zipkin", "opentelemetry"],
]);

interface Step {
  readonly name: string;
  readonly path: string;
  readonly method?: string;
  readonly json?: Table;
}
interface Answer {
  readonly status: number;
  readonly body: { readonly code?: number; readonly message?: string; readonly fields?: unknown };
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(join(FOLDER, "admin", `${name}.json`), "utf8"));

function* stepsOf(file: string): Generator<[entity: string, title: string, Step, Answer]> {
  const { groups } = read(file) as { groups: { name: string; steps: Step[] }[] };
  const answers = read(`${file}.answers`) as Record<string, Record<string, Answer>>;
  for (const group of groups) {
    for (const step of group.steps) {
      const [, entity] = /^\/schemas\/(\w+)\/validate/.exec(step.path) ?? [];
      const answer = answers[group.name]?.[step.name];
      if (entity === undefined || step.json === undefined || answer === undefined) continue;
      if (answer.status === 200 || answer.body.code === 2) {
        yield [entity, `${group.name} / ${step.name}`, step, answer];
      }
    }
  }
}

const skip = existsSync(FOLDER) ? false : "the recordings are not here";

for (const [flavor, files] of Object.entries(FILES)) {
  for (const file of files) {
    describe(file, { skip }, () => {
      const registry = fullRegistry(flavor as "traditional");
      it("answers as recorded", () => {
        let count = 0;
        for (const [entity, title, step, answer] of stepsOf(file)) {
          if (registry.find(entity) === undefined) continue;
          if (EXCEPT.includes(step.name)) continue;
          if (entity === "plugins" && WITH_CODE.has(String(step.json?.name))) continue;
          const { errors } = registry.entity(entity).insert(fillIn(step.json, FOLDER) as Table);
          const got = errors && withoutReasons(schemaViolation(errors));
          const { message, fields } = withoutReasons(answer.body);
          count++;
          if (answer.status === 200) assert.equal(got, undefined, title);
          else if (message === undefined) assert.ok(got, title);
          else assert.deepEqual([got?.message, got?.fields], [message, fields], title);
        }
        assert.ok(count > 20, `only ${count} steps were played`);
      });
    });
  }
}
