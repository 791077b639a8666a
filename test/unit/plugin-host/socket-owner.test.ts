/** Another user's socket in a folder that everybody may write to is neither looked at as ready nor connected to. */
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { NO_ISOLATION } from "../../../core/config/plugin-isolation.ts";
import type { PluginServerSettings } from "../../../core/config/plugin-servers.ts";
import { NATIVE_1 } from "../../../core/plugin-host/native/name.ts";
import { dialerOf } from "../../../core/plugin-host/dial.ts";
import {
  guardedPath,
  isInOpenFolder,
  ownerOf,
  strangerAt,
} from "../../../core/plugin-host/socket-owner.ts";

const STRANGER = 65_534;
const self = process.geteuid?.() ?? 0;
const skip = self === 0 ? false : "only root can make a socket that belongs to somebody else";

describe("the owner of a plugin server's socket", () => {
  let folder = "";
  let path = "";
  const server = net.createServer((socket) => socket.destroy());
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "owner-"));
    path = join(folder, "x.sock");
    await new Promise<void>((done) => server.listen(path, done));
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is the gateway's user, and nobody's where the server is started elsewhere", () => {
    const settings = { isolation: NO_ISOLATION } as PluginServerSettings;
    assert.equal(ownerOf({ ...settings, start_cmd: null }), null);
    assert.equal(ownerOf({ ...settings, start_cmd: "true" }), self);
  });

  it("is not asked for in a folder of the gateway's own", { skip }, () => {
    chmodSync(folder, 0o700);
    chownSync(path, STRANGER, STRANGER);
    assert.equal(isInOpenFolder(path), false);
    assert.equal(guardedPath(path, self), path);
    chownSync(path, self, 0);
  });

  it("is somebody else in a folder for all: nothing connects there", { skip }, async () => {
    chmodSync(folder, 0o1777);
    assert.equal(isInOpenFolder(path), true);
    assert.equal(strangerAt(path, self), null, "ours");
    assert.equal(strangerAt(join(folder, "nothing"), self), null);
    chownSync(path, STRANGER, STRANGER);
    assert.equal(strangerAt(path, self), STRANGER);
    assert.equal(strangerAt(path, STRANGER), null, "the user that the server runs as");
    assert.equal(strangerAt(path, null), null, "not ours to know");
    let isConnected = false;
    const dial = dialerOf(NATIVE_1, path, null, self);
    await new Promise<void>((closed) => {
      const transport = dial(() => {
        isConnected = true;
      });
      transport.owner = { onData() {}, onEnd() {}, onClose: () => closed() };
    });
    assert.equal(isConnected, false);
  });
});
