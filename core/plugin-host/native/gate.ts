/** What a plugin said of itself when its config began: when it is worth a call, and what its answers depend on. */
import type { Exchange } from "../../exchange/exchange.ts";
import type { Fields } from "./shapes.ts";

export interface Gate {
  /** Is an event of this phase worth a call for this request? */
  isMet(phaseBit: number, x: Exchange): boolean;
}

export function readGate(_started: Fields): Gate | null {
  return null;
}
