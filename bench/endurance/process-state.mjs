/** What became of a process that was killed, and of the next one, looked at from outside. */
import { readdirSync, readFileSync } from "node:fs";
import net from "node:net";

/**
 * Is nothing left that holds its sockets? The thread that a process began with is a zombie while others still end, and the
 * sockets are of all of them.
 */
export function isGone(pid) {
  try {
    const isDead = /^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
    return isDead && readdirSync(`/proc/${pid}/task`).length <= 1;
  } catch {
    return true;
  }
}

/** Does somebody listen? Asked by connecting, as a socket that was bound under another name is not found by its own. */
export function isListening(path) {
  return new Promise((done) => {
    const socket = net.connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
}
