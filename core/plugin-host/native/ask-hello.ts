/**
 * What a plugin server without a query command offers: its Hello says so.
 *
 * Asked by the primary, on a connection of its own that is closed at once.
 */
import { InvalidSetting } from "../../errors.ts";
import type { PeerHello } from "./hello.ts";
import { Link, type LinkOwner } from "./link.ts";
import type { Dial } from "./link-transport.ts";

/** Between two tries to connect to a server that does not accept yet, in milliseconds. */
const TRY_AGAIN_MS = 50;

class Asking implements LinkOwner {
  readonly answered: Promise<PeerHello | string>;
  #answer: (hello: PeerHello | string) => void = () => {};

  constructor() {
    this.answered = new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  onHello(link: Link, hello: PeerHello): void {
    this.#answer(hello);
    link.close();
  }

  onClosed(_link: Link, why: string): void {
    this.#answer(why);
  }

  onMessage(): void {}
  onLogLine(): void {}
  onRoom(): void {}
  onTick(): void {}
}

/**
 * The query answer of a server, as the JSON text that a query command would print.
 *
 * @param protocol that it is asked by
 * @param hello the gateway's, as bytes
 * @param limitMs how long the server may take until it accepts connections and says Hello
 * @throws {InvalidSetting} if it does not
 */
export async function askHello(
  server: string,
  protocol: string,
  dial: Dial,
  hello: string,
  limitMs: number,
): Promise<string> {
  const until = performance.now() + limitMs;
  for (;;) {
    const asking = new Asking();
    const link = new Link(server, dial, hello, asking);
    const timer = setTimeout(() => link.fail("it said no Hello"), until - performance.now());
    const answer = await asking.answered;
    clearTimeout(timer);
    if (typeof answer !== "string") return asQueryAnswer(protocol, answer);
    if (performance.now() + TRY_AGAIN_MS >= until) {
      throw new InvalidSetting(
        `plugin server ${server} has not said within ${limitMs} ms what plugins it offers (${answer})`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
  }
}

function asQueryAnswer(protocol: string, { plugins }: PeerHello): string {
  return JSON.stringify({
    Protocol: protocol,
    Plugins: Array.from(plugins.values(), (one) => ({
      Name: one.name,
      Priority: one.priority,
      Version: one.version,
      Phases: one.phases,
      Schema: schemaOf(one.schema),
    })),
  });
}

function schemaOf(json: Buffer): unknown {
  try {
    return JSON.parse(json.utf8Slice());
  } catch {
    return null; // the check of the answer says what is wrong
  }
}
