/** `stop`: ends the gateway at once; requests on their way are cut. */
import { PREFIX } from "./arguments.ts";
import { type Command, type CommandContext, CommandFailed } from "./command.ts";
import { findGateway } from "./find-gateway.ts";
import { signalGateway, waitForExit } from "./process.ts";

/** A gateway that is told to end at once needs no longer than that. */
const STOP_LIMIT_MS = 10_000;

export const command: Command = {
  usage: "stop",
  options: [PREFIX],
  run: async (context) => {
    await stopGateway(context);
    return 0;
  },
};

/**
 * @throws {CommandFailed} if nothing runs there, or it does not end
 */
export async function stopGateway(context: CommandContext): Promise<void> {
  const { prefix } = findGateway(context, { needsPrefix: true, prefixCounts: true });
  const pid = signalGateway(prefix, "SIGTERM");
  context.out.verbose(`sent SIGTERM to process ${pid}`);
  if (!(await waitForExit(prefix, STOP_LIMIT_MS))) {
    throw new CommandFailed(`process ${pid} still runs ${STOP_LIMIT_MS / 1000} s after SIGTERM`);
  }
  context.out.info("Kong stopped");
}
