/** Recorded answers of a real Kong with plugin servers on its SDKs; these are installed by the run of all tests. */
import { playNamed } from "../helpers/play-suites.ts";

playNamed(["plugin-servers"]);
