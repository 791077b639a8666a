/**
 * Plays what others have written down about how a gateway like this one behaves: recorded answers of a real Kong, and
 * payloads that proxies have been fooled with. The suites lie beside the project, so they may be absent.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { SUITES, suitesFolder } from "../../scripts/conformance-suites.mjs";

const skip = existsSync(suitesFolder) ? false : "../shared/conformance is not on this machine";

for (const suite of SUITES.filter(({ isLong }) => isLong !== true)) {
  describe(`conformance: ${suite.name}`, { skip, concurrency: false }, () => {
    for (const file of suite.files ?? [undefined]) {
      it(file ?? suite.name, async () => {
        const { failed, passed, output } = await suite.play(file);
        assert.equal(failed, 0, output);
        assert.ok(passed > 0, "nothing was played");
      });
    }
  });
}
