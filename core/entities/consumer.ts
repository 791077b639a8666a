/** Consumer: a person or program that uses the gateway, as the Admin API shows it. */
import type { Entity } from "./entity.ts";

export interface Consumer extends Entity {
  readonly username?: string | null;
  readonly custom_id?: string | null;
}
