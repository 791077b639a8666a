/** Request ids come in blocks: none may come twice, and none may be cut wrongly at the end of a block. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { newRequestId } from "../../../core/listener/request-id.ts";

describe("newRequestId", () => {
  it("gives 32 hexadecimal characters, and no id twice", () => {
    const ids = Array.from({ length: 1000 }, newRequestId);
    for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
    assert.equal(new Set(ids).size, ids.length);
  });
});
