/** What a verb of the command line is, and what it is handed. */
import { GatewayError } from "../errors.ts";
import type { Options, OptionSpec } from "./arguments.ts";
import type { Output } from "./output.ts";

/** What a verb is handed. */
export interface CommandContext {
  readonly options: Options;
  /** What follows the verb and is no option. */
  readonly words: readonly string[];
  readonly out: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** URL of the file that was started, from which other processes' files are found. */
  readonly entry: string;
}

/** A verb of the command line: how it is called, and what it does. */
export interface Command {
  /** Name of the verb's usage: "start". */
  readonly usage: string;
  readonly options: readonly OptionSpec[];
  /** Verbs below this one; the first word must be one of them. */
  readonly verbs?: readonly string[];
  /**
   * @returns the exit code; nothing = 0
   * @throws GatewayError, whose message is printed behind "Error: "; exit code 1
   */
  run(context: CommandContext): Promise<number | undefined> | number | undefined;
}

/** A verb cannot do what it was asked to; the message is for the person who typed it. */
export class CommandFailed extends GatewayError {
  override readonly name = "CommandFailed";
  constructor(message: string, options?: ErrorOptions) {
    super("COMMAND_FAILED", 500, message, options);
  }
}
