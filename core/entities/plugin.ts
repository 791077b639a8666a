/** Plugin config: a plugin with its configuration and scope, as the Admin API shows it. */
import type { Entity, ForeignKey } from "./entity.ts";

export interface Plugin extends Entity {
  readonly name: string;
  readonly instance_name?: string | null;
  readonly enabled: boolean;
  readonly protocols: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly route?: ForeignKey | null;
  readonly service?: ForeignKey | null;
  readonly consumer?: ForeignKey | null;
}
