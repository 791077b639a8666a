/** `port_maps`: which port clients know a listener by, when something before the gateway forwards to it. */
import { InvalidSetting } from "../errors.ts";

const PORT_MAX = 65_535;

/**
 * @param maps entries `advertised:listening`
 * @returns listening port to advertised port
 * @throws {InvalidSetting} with Kong's words at the first entry that is none
 */
export function parsePortMaps(maps: readonly string[]): Readonly<Record<number, number>> {
  const ports: Record<number, number> = {};
  for (const entry of maps) {
    const match = /^(\d+):(\d+)$/.exec(entry);
    const advertised = Number(match?.[1]);
    const listening = Number(match?.[2]);
    if (match === null || !isPort(advertised) || !isPort(listening)) {
      throw new InvalidSetting(`invalid port mapping (\`port_maps\`): ${entry}`);
    }
    ports[listening] = advertised;
  }
  return ports;
}

function isPort(port: number): boolean {
  return port >= 1 && port <= PORT_MAX;
}
