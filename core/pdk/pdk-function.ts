/** A row of the PDK's table: what registry, facade, plugin hosts and documentation know of a function. */
import type { Exchange } from "../exchange/exchange.ts";
import type { PhaseSet } from "../phases/phases.ts";
import type { PdkNode } from "./pdk-node.ts";

/** An argument as the documentation tells it; what a value has to be the function itself checks. */
export interface PdkArgument {
  readonly name: string;
  /** Type in words: "string", "number", "table", "string|number|boolean|array", "any". */
  readonly type: string;
  readonly isOptional: boolean;
}

/** Messages of ProtoBuf:1 (package kong_plugin_protocol; `gp.` is google.protobuf). */
interface ProtobufMessages {
  readonly argument: string;
  readonly reply: string;
}

/** Arguments are checked by the function itself, so it takes whatever comes; `never` lets every signature in. */
export type Implementation = (x: Exchange, node: PdkNode, ...args: never[]) => unknown;

/** A row of the table. */
export interface PdkFunction {
  /** Wire name, as in "kong.request.get_header". */
  readonly name: string;
  readonly args: readonly PdkArgument[];
  /** Any number of arguments. */
  readonly isVariadic: boolean;
  /** Type of the result in words; "" for nothing. */
  readonly result: string;
  readonly phases: PhaseSet;
  readonly run: Implementation;
  /** What plugin servers get where it is not the same, else null. */
  readonly runForServers: Implementation | null;
  /** null: ProtoBuf:1 cannot call it. */
  readonly protobuf: ProtobufMessages | null;
  /** Only plugin servers have it. */
  readonly isPluginServerOnly: boolean;
  /** Only plugins inside the gateway have it: ours, not Kong's. */
  readonly isInProcessOnly: boolean;
  /** A value of the facade, not a method (`kong.version`, `kong.ctx.shared`). */
  readonly isValue: boolean;
}
