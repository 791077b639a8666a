/** `run`: `start` in the foreground, logging to the terminal; ours, for development and containers. */
import type { Command } from "./command.ts";
import { START_OPTIONS, startGateway } from "./start.ts";

/** `dragoman run`. Returns when the gateway has ended. */
export const command: Command = {
  usage: "run",
  options: START_OPTIONS,
  run: async (context) => {
    await startGateway(context, true);
    return 0;
  },
};
