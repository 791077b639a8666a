/**
 * The table against the reference: a row for each function of Kong, and each function in each phase allowed or refused.
 *
 * reference/functions.json is data copied from the description of Kong's PDK and of its ProtoBuf protocol.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { PdkError } from "../../../core/errors.ts";
import { EXIT } from "../../../core/pdk/exit.ts";
import { camelCase, createPdk } from "../../../core/pdk/kong.ts";
import { findFunction, isAllowed, isUnknownName, TABLE } from "../../../core/pdk/registry.ts";
import { PHASE, type PhaseName } from "../../../core/phases/phases.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { makeNode } from "../../helpers/make-node.ts";

interface Reference {
  functions: Record<
    string,
    { phases: PhaseName[] | "ANY" | "NOT_INIT_WORKER"; protobuf: boolean; args: string[] }
  >;
  pluginServerOnly: string[];
  callbacks: Record<string, [string, string]>;
}
const file = new URL("./reference/functions.json", import.meta.url);
const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;
// of the stream subsystem only: over HTTP Kong does not know it (recorded)
delete reference.functions["kong.service.request.disable_tls"];
const PHASES = Object.keys(PHASE) as PhaseName[];

/** The columns of a row, "allowed" or "refused". */
function column(phases: PhaseName[] | "ANY" | "NOT_INIT_WORKER", phase: PhaseName): string {
  if (phases === "ANY") return "allowed";
  if (phases === "NOT_INIT_WORKER") return phase === "init_worker" ? "refused" : "allowed";
  return phases.includes(phase) ? "allowed" : "refused";
}

const isPhaseRefusal = (cause: unknown) =>
  cause instanceof PdkError && cause.message.startsWith("function cannot be called in ");

describe("the table of the PDK", () => {
  it("has every function of the reference, and no other but ours", () => {
    const ours = [
      "kong.response.get_chunk",
      "kong.response.is_last_chunk",
      "kong.response.set_chunk",
    ];
    const more = [...ours, "kong.log.emerg", "kong.version_num", ...reference.pluginServerOnly];
    const expected = [...new Set([...Object.keys(reference.functions), ...more])].sort();
    assert.deepEqual(TABLE.map((fn) => fn.name).sort(), expected);
    assert.equal(new Set(TABLE.map((fn) => fn.name)).size, TABLE.length, "a name stands twice");
  });

  for (const [name, row] of Object.entries(reference.functions)) {
    it(`${name}: allowed and refused as in Kong`, () => {
      const fn = findFunction(name)!;
      const actual = PHASES.map((phase) => (isAllowed(fn, PHASE[phase]) ? "allowed" : "refused"));
      assert.deepEqual(
        actual,
        PHASES.map((phase) => column(row.phases, phase)),
      );
      if (!fn.isVariadic)
        assert.deepEqual(
          fn.args.map((arg) => arg.name),
          row.args,
        );
    });
  }

  // Goal: the check is really made, on both ways in. Method: call every function in every phase, with arguments that
  // are refused later where there are any; what is thrown says whether the phase was.
  it("is enforced by call and by the facade", async () => {
    const pdk = createPdk(makeNode());
    let refusals = 0;
    for (const fn of TABLE) {
      if (fn.isValue) continue;
      for (const phase of PHASES) {
        const refused = !isAllowed(fn, PHASE[phase]);
        if (refused) refusals++;
        for (const way of [callByName, callByFacade]) {
          const x = makeExchange("GET", "/");
          x.phase = PHASE[phase];
          x.buffered = true;
          let thrown: unknown;
          try {
            await way(pdk, fn.name, x);
          } catch (cause) {
            thrown = cause;
          }
          assert.equal(isPhaseRefusal(thrown), refused, `${fn.name} in ${phase}`);
        }
      }
    }
    assert.ok(refusals > 500, `only ${refusals} refusals`);
  });

  it("lists the 74 callbacks of ProtoBuf:1 with their messages", () => {
    const actual = TABLE.filter((fn) => fn.protobuf !== null).map((fn) => [
      fn.name,
      [fn.protobuf!.argument, fn.protobuf!.reply].map((m) => (m === "Empty" ? "gp.Empty" : m)),
    ]);
    assert.equal(Object.keys(reference.callbacks).length, 74);
    assert.deepEqual(Object.fromEntries(actual), reference.callbacks);
  });

  it("tells names that stand for nothing from those that are no functions", () => {
    const names = (text: string) => text.split(" ").map((name) => `kong.${name}`);
    for (const name of names(
      "nothing nothing.here request.get_nothing version.x log.x ctx.shared.x",
    ))
      assert.equal(isUnknownName(name), true, name);
    for (const name of names("request client.tls version configuration log request.get_host.x"))
      assert.equal(isUnknownName(name), false, name);
    assert.equal(isUnknownName("kong"), false);
    assert.equal(isUnknownName("os.exit"), true);
  });

  it("says in Kong's words which phases are allowed", () => {
    const pdk = createPdk(makeNode());
    const x = makeExchange();
    x.phase = PHASE.log;
    assert.throws(() => pdk.call("kong.service.request.set_header", x, ["a", "b"]), {
      message: "function cannot be called in log phase (only in: rewrite, access, balancer)",
    });
    x.phase = PHASE.init_worker;
    assert.throws(() => pdk.call("kong.client.get_ip", x, []), {
      message:
        "function cannot be called in init_worker phase (can be called in any phases except: init_worker)",
    });
  });
});

type Pdk = ReturnType<typeof createPdk>;
type X = ReturnType<typeof makeExchange>;

function callByName(pdk: Pdk, name: string, x: X): unknown {
  const fn = findFunction(name)!;
  if (fn.isInProcessOnly) return callByFacade(pdk, name, x);
  return ignoreExit(() => pdk.call(name, x, []));
}

/** Calls the facade's method; functions that only plugin servers have are called by name. */
function callByFacade(pdk: Pdk, name: string, x: X): unknown {
  if (findFunction(name)!.isPluginServerOnly) return callByName(pdk, name, x);
  let target = { kong: pdk.kongFor(x) } as unknown as Record<string, unknown>;
  const path = name.split(".");
  const last = camelCase(path.pop()!);
  for (const part of path) target = target[camelCase(part)] as Record<string, unknown>;
  const method = target[last] as () => unknown;
  assert.equal(typeof method, "function", `${name} is not in the facade`);
  return ignoreExit(() => method.call(target));
}

function ignoreExit(run: () => unknown): unknown {
  try {
    return run();
  } catch (cause) {
    if (cause === EXIT) return undefined;
    throw cause;
  }
}
