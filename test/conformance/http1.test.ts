/** Payloads that proxies have been fooled with. */
import { playNamed } from "../helpers/play-suites.ts";

playNamed(["http1"]);
