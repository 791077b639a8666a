/** The file of `plugin record`, where the disk takes no more. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { RecordingFile } from "../../../core/dev/recording-file.ts";

const folder = mkdtempSync(join(tmpdir(), "recording-file-"));
after(() => rmSync(folder, { recursive: true }));

describe("a recording", () => {
  // Method: a descriptor that is closed refuses what is written, as a full disk does.
  it("ends where no more can be written, with the reason, and keeps what it has", async () => {
    const path = join(folder, "one.jsonl");
    const file = new RecordingFile(path);
    assert.equal(file.write("{}\n"), true);
    file.close();
    assert.equal(file.write('{"a":1}\n'), false);
    assert.equal(await file.ended, "no more could be written: EBADF: bad file descriptor, write");
    assert.equal(file.write("{}\n"), false);
    assert.ok(file.isShort);
    assert.equal(readFileSync(path, "utf8"), "{}\n");
  });
});
