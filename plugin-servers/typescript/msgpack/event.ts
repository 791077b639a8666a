/**
 * One event over MsgPack:1: the handler runs, and between two of its PDK calls lies an answer and a Step, on whatever
 * connection the gateway chooses.
 *
 * What the handler says (a call, its end, its failure) waits for somebody to tell it to, and the other way round.
 */
import { bridge } from "../bridge.ts";
import { asRawBody } from "../raw-body.ts";
import { CALLS_WAITING_MAX } from "./limits.ts";

/** What the handler says next: a call, "ret" for its end, or why it failed. */
export type Said =
  | { readonly data: { readonly Method: string; readonly Args: readonly unknown[] } | "ret" }
  | { readonly failure: string };
/** Whoever is to be told; false: nobody is there any more. */
export type Listener = (said: Said) => boolean;

/** As kong-pdk's, which plugins know by its name. */
class PDKError extends Error {
  override readonly name = "PDKError";
}

/** Nothing comes back from these: they end the request. */
const ENDINGS: ReadonlySet<string> = new Set(["kong.response.exit", "kong.response.error"]);

/** Is it the last that is said: an exit, the end or a failure? Behind it stands nothing that was said before. */
export function isLast(said: Said): boolean {
  return "failure" in said || said.data === "ret" || ENDINGS.has(said.data.Method);
}

interface Call {
  readonly method: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (cause: Error) => void;
}

const RET: Said = { data: "ret" };
const never = (): Promise<never> => new Promise(() => {});

/** From HandleEvent to the handler's last word; known by its number, on whatever connection a Step comes. */
export class MsgpackEvent {
  /** `kong` of the handler. */
  readonly kong = bridge((method, args) => this.#call(method, args), "kong");
  /** The handler has answered the request. */
  exited = false;
  /** The handler has said its last. */
  isOver = false;
  readonly #calls: Call[] = [];
  readonly #said: Said[] = [];
  #listener: Listener | null = null;
  readonly #onLost: () => void;

  /** @param onLost nobody waits for the event any more */
  constructor(onLost: () => void) {
    this.#onLost = onLost;
  }

  #call(method: string, args: unknown[]): Promise<unknown> {
    if (this.exited || this.isOver) return never(); // so it is in kong-pdk
    if (this.#said.length >= CALLS_WAITING_MAX) {
      return Promise.reject(new PDKError("too many calls wait for the gateway at a time"));
    }
    if (ENDINGS.has(method)) {
      this.exited = true;
      this.#say({ data: { Method: method, Args: args } });
      return Promise.resolve(undefined);
    }
    return new Promise((resolve, reject) => {
      this.#calls.push({ method, resolve, reject });
      this.#say({ data: { Method: method, Args: args } });
    });
  }

  /** The handler has ended. @param failure null where it ended well */
  end(failure: string | null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#say(failure === null || this.exited ? RET : { failure });
  }

  #say(said: Said): void {
    const listener = this.#listener;
    if (listener === null) {
      this.#said.push(said);
      return;
    }
    this.#listener = null;
    if (!listener(said)) this.#onLost();
  }

  /** Tell what the handler says next, at once or later. */
  listen(listener: Listener): void {
    const said = this.#said.shift();
    if (said === undefined) this.#listener = listener;
    else if (!listener(said)) this.#onLost();
  }

  /** The gateway's answer to the oldest call; one that nothing was asked for is dropped. */
  answer(value: unknown, isError: boolean): void {
    const call = this.#calls.shift();
    if (call === undefined) return;
    if (isError) {
      call.reject(new PDKError(`PDK method ${call.method} failed: ${String(value)}`));
    } else call.resolve(asRawBody(value));
  }
}
