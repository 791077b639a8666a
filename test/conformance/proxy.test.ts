/** Recorded answers of a real Kong to requests, and what its upstreams saw. */
import { playNamed } from "../helpers/play-suites.ts";

playNamed(["proxy"]);
