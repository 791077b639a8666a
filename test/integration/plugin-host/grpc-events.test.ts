/** The conversation of the native protocol over gRPC: the tests of the socket, with another carrier. */
import { carryByGrpc } from "./carrier.ts";

await carryByGrpc();
await import("./native-events.test.ts");
await import("./native-gates.test.ts");
