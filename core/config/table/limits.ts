/** Settings of our own that Kong has no name for: bounds of the gateway, all of them beginning with `limit_`. */
import { number } from "../setting.ts";

export const LIMITS = {
  /** Fields in a request's head; a request with more is answered 400. */
  limit_header_count: number(1000),
  /** Seconds until `start` gives up on a gateway that does not say that it answers. */
  limit_start_timeout: number(60),
  /** Seconds without a sign of life after which a worker is killed and replaced; 0 = never. */
  limit_worker_silence: number(30),
} as const;
