/** Plays recorded answers of a real Kong with plugin servers on its SDKs; these are installed by the run of all tests. */
import { SUITES } from "../../scripts/conformance-suites.mjs";
import { playSuites } from "../helpers/play-suites.ts";

const own = SUITES.filter(({ isLong, inTests }) => isLong === true && inTests !== undefined);
playSuites("conformance of plugin servers", own);
