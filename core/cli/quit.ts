/** `quit`: lets the gateway finish its requests, and ends it if that takes too long. */
import { setTimeout as sleep } from "node:timers/promises";
import { numberOption, PREFIX } from "./arguments.ts";
import type { Command } from "./command.ts";
import { findGateway } from "./find-gateway.ts";
import { signalGateway, waitForExit } from "./process.ts";

const TIMEOUT_S = 10;
/** After SIGTERM. */
const STOP_LIMIT_MS = 10_000;

/** `dragoman quit`. 0 also where it had to be ended; times are in seconds. */
export const command: Command = {
  usage: "quit",
  options: [
    PREFIX,
    { name: "timeout", short: "t", type: "number" },
    { name: "wait", short: "w", type: "number" },
  ],
  run: async (context) => {
    const { options, out } = context;
    const { prefix } = findGateway(context, { needsPrefix: true, prefixCounts: false });
    const waitS = numberOption(options, "wait", 0);
    if (waitS > 0) {
      out.verbose(`waiting ${waitS} s before quitting`);
      await sleep(waitS * 1000);
    }
    signalGateway(prefix, "SIGQUIT");
    const timeoutS = Math.max(numberOption(options, "timeout", TIMEOUT_S), 1);
    if (await waitForExit(prefix, timeoutS * 1000)) {
      out.info("Kong stopped (gracefully)");
      return 0;
    }
    out.verbose(`still running at ${prefix}, forcing shutdown`);
    signalGateway(prefix, "SIGTERM");
    await waitForExit(prefix, STOP_LIMIT_MS);
    out.info("Timeout, Kong stopped forcefully");
    return 0;
  },
};
