/** Ports for processes that cannot take port 0, because somebody else must know the number before they start. */
import { claimPorts } from "../../scripts/testing/claimed-ports.mjs";

/** That many ports of loopback that nobody else gets while this process lives; all different. */
export function freePorts(count: number): Promise<number[]> {
  return claimPorts(count);
}
