/** `port_maps`: which port clients know a listener by, when something before the gateway forwards to it. */
const PORT_MAX = 65_535;

/**
 * @param maps entries `advertised:listening`
 * @returns listening port to advertised port
 * @param errors takes what Kong says of each entry that is none
 */
export function parsePortMaps(
  maps: readonly string[],
  errors: string[],
): Readonly<Record<number, number>> {
  const ports: Record<number, number> = {};
  for (const entry of maps) {
    const match = /^(\d+):(\d+)$/.exec(entry);
    const advertised = Number(match?.[1]);
    const listening = Number(match?.[2]);
    const isMap = match !== null && isPort(advertised) && isPort(listening);
    if (isMap) ports[listening] = advertised;
    else errors.push(`invalid port mapping (\`port_maps\`): ${entry}`);
  }
  return ports;
}

function isPort(port: number): boolean {
  return port >= 1 && port <= PORT_MAX;
}
