/** A tool for plugin authors cannot do what it was asked to; the message is for the person who typed it. */
import { GatewayError } from "../errors.ts";

/** A tool cannot do what it was asked: told as a sentence, without a trace, with exit status 1. */
export class ToolFailed extends GatewayError {
  override readonly name = "ToolFailed";
  constructor(message: string, options?: ErrorOptions) {
    super("TOOL_FAILED", 500, message, options);
  }
}
