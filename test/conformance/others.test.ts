/** Recorded answers of a real Kong of which no file beside this one has its own: bundled plugins, the Admin API. */
import { playOthers } from "../helpers/play-suites.ts";

playOthers(["cli", "http1", "plugin-servers", "proxy"]);
