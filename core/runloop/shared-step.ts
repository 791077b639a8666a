/**
 * Steps that follow each other and run in one place: where one call can carry them all, the chain has one step for them.
 *
 * Compiled with the chain, and only where no consumer can change it in between, so a request pays nothing for it. Each
 * plugin of such a step still runs, answers and fails as if it stood alone: who carries the call runs them in order, stops
 * where the runner would, and says of each failure whose it was by `x.plugin`.
 */
import type { Exchange } from "../exchange/exchange.ts";
import { exchangeOf } from "../pdk/kong.ts";
import { stepFailed } from "./failure.ts";
import type { Handling } from "./handler.ts";
import type { Runtime } from "./runtime.ts";
import { type Method, REQUEST_PHASES, type RequestPhase, SLOT, Step } from "./step.ts";

/** Where the plugins of several handlers run: a plugin server. */
export interface StepHost {
  /** May a call of this phase carry this step together with others? Asked when a chain is compiled. */
  shares(phase: RequestPhase, step: Step): boolean;
  /**
   * Run a phase of all the steps. Failures are reported to {@link SharedStep.failed}, with `x.plugin` set to the step
   * that failed; what is returned is rejected only for failures that were not.
   */
  runShared(x: Exchange, phase: RequestPhase, shared: SharedStep): Handling;
}

/**
 * Has a method for the one phase it was made for. `handler`, `plugin` and `config` are those of its first step.
 */
export class SharedStep extends Step {
  /** Two or more, in order. */
  override readonly steps: readonly Step[];
  override readonly methods: readonly (Method | null)[];
  readonly #runtime: Runtime;

  constructor(steps: readonly Step[], host: StepHost, phase: RequestPhase, runtime: Runtime) {
    const [first] = steps;
    super(first!.handler, first!.plugin);
    this.steps = steps;
    this.#runtime = runtime;
    const run: Method = (_config, kong) => host.runShared(exchangeOf(kong), phase, this);
    this.methods = REQUEST_PHASES.map((name) => (name === phase ? run : null));
  }

  /** The step that `x.plugin` says has failed: a log line, and 500 where there is still an answer to give. */
  failed(x: Exchange, cause: unknown): void {
    stepFailed(x, this, cause, this.#runtime);
  }
}

/** The steps of a phase, with those that may share a call put together. */
export function shareSteps(
  steps: readonly Step[],
  phase: RequestPhase,
  runtime: Runtime,
): readonly Step[] {
  const shared: Step[] = [];
  for (let from = 0; from < steps.length; ) {
    const end = endOfRun(steps, from, phase);
    const host = steps[from]!.handler.host;
    if (end - from < 2 || host === undefined) shared.push(steps[from]!);
    else shared.push(new SharedStep(steps.slice(from, end), host, phase, runtime));
    from = end;
  }
  return shared.length === steps.length ? steps : shared;
}

/** Where the run of steps ends that may go with the one at `from`. */
function endOfRun(steps: readonly Step[], from: number, phase: RequestPhase): number {
  const first = steps[from]!;
  const { host } = first.handler;
  let end = from + 1;
  if (host === undefined || !host.shares(phase, first)) return end;
  for (; end < steps.length; end++) {
    const step = steps[end]!;
    if (step.handler.host !== host || !host.shares(phase, step)) break;
    if (step.methods[SLOT[phase]] === null) break;
  }
  return end;
}
