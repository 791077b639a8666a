/**
 * What the SDK for Go knows of functions that write, against the PDK's table: it keeps a write for the end of an event only
 * in phases in which the gateway does it.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { findFunction, PHASE, type PdkFunction } from "../../../core/pdk/registry.ts";
import { ANY } from "../../../core/pdk/phase-sets.ts";
import {
  PLUGIN_PHASES,
  type PhaseName,
  phaseNames,
  phaseSet,
} from "../../../core/phases/phases.ts";

const source = readFileSync(
  new URL("../../../plugin-sdk/go/internal/turn/rules.go", import.meta.url),
  "utf8",
);

/** `wire.HeaderFilter` of Go. */
function phaseOf(word: string): number {
  const name = word
    .replace("wire.", "")
    .replace(/(?<=[a-z])(?=[A-Z])/, "_")
    .toLowerCase();
  const bit = PHASE[name as PhaseName];
  assert.ok(bit !== undefined, `there is no phase ${word}`);
  return bit;
}

/** The constants that are sets of phases, by name. */
function phaseSets(): Map<string, number> {
  const sets = new Map<string, number>();
  const lines = [...source.matchAll(/^\t(\w+) += (wire\.\w+.*|on\w+.*)$/gm)];
  for (let left = lines.length; left > 0 && sets.size < lines.length; left--) {
    for (const [, name, sum] of lines) {
      const words = sum!.split(" | ");
      if (words.some((word) => !word.startsWith("wire.") && !sets.has(word))) continue;
      sets.set(
        name!,
        words.reduce((all, word) => all | (sets.get(word) ?? phaseOf(word)), 0),
      );
    }
  }
  return sets;
}

interface Rule {
  readonly name: string;
  readonly phases: number;
}

function readRules(): Rule[] {
  const sets = phaseSets();
  return [...source.matchAll(/^\t"(kong\.[\w.]+)": +\{([\w.]+), /gm)].map(([, name, phases]) => ({
    name: name!,
    phases: phases!.startsWith("wire.") ? phaseOf(phases!) : sets.get(phases!)!,
  }));
}

/** Phases of plugins in which the gateway does it; a target is not set in rewrite, whatever the table says (core/pdk/service.ts). */
function phasesHere(fn: PdkFunction): number {
  const plugins = phaseSet(...PLUGIN_PHASES);
  const bits = fn.phases === ANY ? plugins : fn.phases & plugins;
  return fn.name === "kong.service.set_target" ? bits & ~PHASE.rewrite : bits;
}

describe("rules of the SDK for Go", () => {
  const rules = readRules();

  it("were found", () => {
    assert.ok(rules.length >= 30, `${rules.length}`);
  });

  for (const { name, phases } of rules) {
    it(`${name}: no phase in which the gateway refuses it`, () => {
      const fn = findFunction(name);
      assert.ok(fn, "there is no such function");
      assert.notEqual(phases, 0);
      assert.deepEqual(phaseNames(phases & ~phasesHere(fn)), []);
    });
  }
});
