/**
 * What `kong.response.exit` and `kong.response.error` throw to end a plugin.
 *
 * One constant object without a stack: an exit is an ordinary way for a plugin to end and must cost nothing. The answer
 * itself is in `x.answer` by then, so a plugin that catches EXIT by accident still ends the request: the runner looks
 * at the answer, not at what was thrown.
 */
export const EXIT: { readonly name: "EXIT" } = Object.freeze({ name: "EXIT" as const });
