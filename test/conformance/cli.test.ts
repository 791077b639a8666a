/** What a real Kong printed for its verbs and settings, and how it ended. */
import { playNamed } from "../helpers/play-suites.ts";

playNamed(["cli"]);
