/** Ports for processes that cannot take port 0, because somebody else must know the number before they start. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** That many ports of loopback that nobody listens on now; all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => server.listening || once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}
