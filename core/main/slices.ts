/** Long work in short turns, so that requests are served in between. */

/** How long one turn may take, in milliseconds. */
const SLICE_MS = 1;

/** Run a generator to its end, giving way to the event loop after each {@link SLICE_MS}. */
export function runSliced<T>(work: Generator<void, T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const turn = () => {
      const until = performance.now() + SLICE_MS;
      try {
        for (;;) {
          const step = work.next();
          if (step.done === true) {
            resolve(step.value);
            return;
          }
          if (performance.now() >= until) break;
        }
      } catch (cause) {
        reject(cause);
        return;
      }
      setImmediate(turn);
    };
    turn();
  });
}
