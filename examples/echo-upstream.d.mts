import type { Server } from "node:http";

/** An upstream that echoes what it receives as JSON; listening on loopback. */
export function startEchoUpstream(port: number): Promise<Server>;
