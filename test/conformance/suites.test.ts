/**
 * Plays what others have written down about how a gateway like this one behaves: recorded answers of a real Kong, and
 * payloads that proxies have been fooled with. The suites lie beside the project, so they may be absent.
 */
import { SUITES } from "../../scripts/conformance-suites.mjs";
import { playSuites } from "../helpers/play-suites.ts";

// the cases of the router are played by its unit tests; plugin servers have a file of their own
const own = SUITES.filter(({ name, isLong }) => isLong !== true && name !== "router");
playSuites("conformance", own);
