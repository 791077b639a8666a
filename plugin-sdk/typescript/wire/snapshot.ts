/**
 * An Event as it arrived: one latin1 string and the places of its fields.
 *
 * Walking over the fields costs a microsecond; cutting them out and making text of them is done when a plugin asks.
 */
import { Scan, u64At } from "./scan.ts";
import { toText } from "./text.ts";

/** Where the body of a message is. */
export const BODY = { ASK: 0, NONE: 1, HERE: 2 } as const;

/** Numbers of the fields with a length that are kept as places; the index is the field's number. */
const SPANS = 42;

export class Snapshot {
  readonly text: string;
  phase = 0;
  instances: readonly number[] = NONE;
  request = 0;
  deadlineMs = 0;
  httpVersion = 0;
  port = 0;
  clientPort = 0;
  forwardedPort = 0;
  forwardedRequestPort = 0;
  route = 0;
  service = 0;
  consumer = 0;
  credential = 0;
  /** Milliseconds of the epoch. */
  startMs = 0;
  bodyState = 0;
  sharedIsPartial = false;
  status = 0;
  source = 0;
  serviceStatus = 0;
  responseBodyState = 0;
  configs: readonly number[] = NONE;
  /** Start and end of each field with a length, by number. */
  readonly #places = new Int32Array(SPANS * 2);

  /** @throws {WireError} for bytes that are no message */
  constructor(text: string, from = 0, end = text.length) {
    this.text = text;
    const scan = new Scan(text, from, end);
    while (scan.next()) {
      if (scan.type === 2) this.#keepPlace(scan);
      else if (scan.type === 0) this.#keepNumber(scan.field, scan.varint());
      else if (scan.type === 1 && scan.field === 24) {
        this.startMs = u64At(text, scan.eightBytes());
      } else scan.skip();
    }
  }

  #keepPlace(scan: Scan): void {
    const { field } = scan;
    if (field === 2) this.instances = numbers(scan);
    else if (field === 41) this.configs = numbers(scan);
    else if (field < SPANS) {
      this.#places[field * 2] = scan.from;
      this.#places[field * 2 + 1] = scan.to;
    }
  }

  #keepNumber(field: number, value: number): void {
    switch (field) {
      case 1:
        this.phase = value;
        return;
      case 2: // one that is not packed
        this.instances = [...this.instances, value];
        return;
      case 3:
        this.request = value;
        return;
      case 4:
        this.deadlineMs = value;
        return;
      case 8:
        this.httpVersion = value;
        return;
      case 11:
        this.port = value;
        return;
      case 14:
        this.clientPort = value;
        return;
      case 16:
        this.forwardedPort = value;
        return;
      case 19:
        this.forwardedRequestPort = value;
        return;
      default:
        this.#keepLater(field, value);
    }
  }

  #keepLater(field: number, value: number): void {
    switch (field) {
      case 20:
        this.route = value;
        return;
      case 21:
        this.service = value;
        return;
      case 22:
        this.consumer = value;
        return;
      case 23:
        this.credential = value;
        return;
      case 25:
        this.bodyState = value;
        return;
      case 28:
        this.sharedIsPartial = value !== 0;
        return;
      case 32:
        this.status = value;
        return;
      case 34:
        this.source = value;
        return;
      case 35:
        this.serviceStatus = value;
        return;
      case 36:
        this.responseBodyState = value;
        return;
      case 41:
        this.configs = [...this.configs, value];
    }
  }

  /** Content of the field as latin1, "" where it is absent. */
  wire(field: number): string {
    return this.text.slice(this.#places[field * 2]!, this.#places[field * 2 + 1]!);
  }

  textOf(field: number): string {
    return toText(this.wire(field));
  }

  has(field: number): boolean {
    return this.#places[field * 2 + 1] !== 0;
  }

  bytes(field: number): Buffer {
    return Buffer.from(this.wire(field), "latin1");
  }
}

const NONE: readonly number[] = Object.freeze([]) as readonly number[];

function numbers(scan: Scan): number[] {
  const list: number[] = [];
  const packed = new Scan(scan.text, scan.from, scan.to);
  while (packed.at < packed.end) list.push(packed.varint());
  return list;
}
