/** The conversation of the native protocol over gRPC, and its faults: the tests of the socket, with another carrier. */
import { carryByGrpc } from "./carrier.ts";

await carryByGrpc();
await import("./native-events.test.ts");
await import("./native-gates.test.ts");
await import("./native-faults.test.ts");
await import("./native-out-of-turn.test.ts");
