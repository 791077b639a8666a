/**
 * A child with everything that it has started: a group of processes of its own.
 *
 * Commands run through a shell and may fork, so a signal to the child alone would leave orphans.
 */

/** Send a signal to the group that `pid` leads; a group that is gone is no error. */
export function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined || pid <= 1) return;
  try {
    process.kill(-pid, signal);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw cause;
  }
}
