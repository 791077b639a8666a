/**
 * Plays what others have written down about how a gateway like this one behaves: recorded answers of a real Kong, and
 * payloads that proxies have been fooled with. The suites lie beside the project, so they may be absent.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { SUITES, type Suite, suitesFolder } from "../../scripts/conformance-suites.mjs";

const skip = existsSync(suitesFolder) ? false : "../shared/conformance is not on this machine";

/** Files to play, `[undefined]` for a suite that has none; of a long suite only those that are meant for the tests. */
function filesOf({ isLong, inTests, files }: Suite): readonly (string | undefined)[] {
  return (isLong === true ? inTests : files) ?? [undefined];
}

const inTests = ({ isLong, inTests }: Suite) => isLong !== true || inTests !== undefined;
for (const suite of SUITES.filter(inTests)) {
  describe(`conformance: ${suite.name}`, { skip, concurrency: false }, () => {
    for (const file of filesOf(suite)) {
      it(file ?? suite.name, { skip: suite.needs?.() ?? false }, async () => {
        const { failed, passed, output } = await suite.play(file);
        assert.equal(failed, 0, output);
        assert.ok(passed > 0, "nothing was played");
      });
    }
  });
}
