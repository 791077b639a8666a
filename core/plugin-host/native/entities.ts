/**
 * Routes, Services, Consumers and credentials as a plugin server knows them: sent once for each connection, then named by
 * number.
 *
 * Numbers only rise: one is never given to another entity while an event that names it may still be under way. The table
 * is bounded; when it is full everything is forgotten on both sides.
 */
import { inWorkspace } from "../../pdk/entity-view.ts";
import { ENTITY, FRAME } from "./frame-types.ts";
import { ENTITIES_MAX } from "./limits.ts";
import type { OutBuffer } from "./out-buffer.ts";
import { writeShape } from "./shapes.ts";

type Kind = (typeof ENTITY)[keyof typeof ENTITY];

/**
 * One for each connection. Frames that tell of an entity go into the buffer it was given, before those that
 * name it.
 */
export class EntityNumbers {
  readonly #out: OutBuffer;
  readonly #byObject = new Map<object, number>();
  #last = 0;

  constructor(out: OutBuffer) {
    this.#out = out;
  }

  /**
   * The number of an entity, which is sent first where it is new. Call it before the frame that names it is begun.
   *
   * @returns 0 for null
   */
  numberOf(entity: object | null, kind: Kind): number {
    if (entity === null) return 0;
    return this.#byObject.get(entity) ?? this.#send(entity, kind);
  }

  /** Make room for `n` more, so that none that one event names is forgotten while it is made. */
  reserve(n: number): void {
    if (this.#byObject.size + n <= ENTITIES_MAX) return;
    this.#byObject.clear();
    this.#out.frame(0, FRAME.FORGET_ENTITIES, "");
  }

  #send(entity: object, kind: Kind): number {
    const number = ++this.#last;
    this.#byObject.set(entity, number);
    const isOfWorkspace = kind === ENTITY.ROUTE || kind === ENTITY.SERVICE;
    const json = jsonOf(isOfWorkspace ? inWorkspace(entity) : entity);
    this.#out.frame(0, FRAME.ENTITY, writeShape("Entity", { number, kind, json }));
    return number;
  }
}

/** What is nil is absent, as in a Lua table. */
function jsonOf(entity: object): string {
  return JSON.stringify(entity, (_, value: unknown) => (value === null ? undefined : value));
}
