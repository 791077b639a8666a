/** A small native plugin server on a socket of its own and a worker's side of it, both new for each test of a file. */
import { afterEach, beforeEach } from "node:test";
import { type NativeRemote, nativeRemote } from "./native-remote.ts";
import { SmallNative } from "./native-small-server.ts";
import { scratch, serverSettings } from "./remote.ts";

export interface NativeRig {
  folder: ReturnType<typeof scratch>;
  small: SmallNative;
  /** A test may put another in its place, once it has closed this one. */
  host: NativeRemote;
}

/** @param begin done before each test, once both are there @returns what is filled in before each test */
export function nativeRig(begin: (rig: NativeRig) => Promise<void> = async () => {}): NativeRig {
  const rig = {} as NativeRig;
  beforeEach(async () => {
    rig.folder = scratch();
    rig.small = new SmallNative(rig.folder.socket);
    await rig.small.listen();
    rig.host = nativeRemote(serverSettings({}), [rig.folder.socket]);
    await begin(rig);
  });
  afterEach(async () => {
    rig.host.close();
    await rig.small.die();
    rig.folder.remove();
  });
  return rig;
}
