/** `stop`: ends the gateway at once; requests on their way are cut. */
import { PREFIX } from "./arguments.ts";
import { type Command, type CommandContext, CommandFailed } from "./command.ts";
import { findGateway } from "./find-gateway.ts";
import { runningPid, signalGateway, waitForExit, waitUntil } from "./process.ts";
import { startingPid } from "./start-claim.ts";

/** A gateway that is told to end at once needs no longer than that. */
const STOP_LIMIT_MS = 10_000;

/** `dragoman stop`. Returns when its process is gone. */
export const command: Command = {
  usage: "stop",
  options: [PREFIX],
  run: async (context) => {
    await stopGateway(context);
    return 0;
  },
};

/** Has a gateway that was still being started been given up? One that is ready by now is stopped like any other. */
async function endStart({ out }: CommandContext, prefix: string): Promise<boolean> {
  const pid = startingPid(prefix);
  if (pid === undefined || runningPid(prefix) !== undefined) return false;
  process.kill(pid, "SIGTERM");
  out.verbose(`sent SIGTERM to process ${pid}, which starts a gateway`);
  const isGone = await waitUntil(() => startingPid(prefix) === undefined, STOP_LIMIT_MS);
  if (runningPid(prefix) !== undefined) return false;
  if (!isGone) throw new CommandFailed(`process ${pid} goes on starting a gateway after SIGTERM`);
  out.info("Kong stopped");
  return true;
}

/**
 * @throws {CommandFailed} if nothing runs there, or it does not end
 */
export async function stopGateway(context: CommandContext): Promise<void> {
  const { prefix } = findGateway(context, { needsPrefix: true, prefixCounts: true });
  if (await endStart(context, prefix)) return;
  const pid = signalGateway(prefix, "SIGTERM");
  context.out.verbose(`sent SIGTERM to process ${pid}`);
  if (!(await waitForExit(prefix, STOP_LIMIT_MS))) {
    throw new CommandFailed(`process ${pid} still runs ${STOP_LIMIT_MS / 1000} s after SIGTERM`);
  }
  context.out.info("Kong stopped");
}
