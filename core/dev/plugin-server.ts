/** A plugin server that the tools start: until it says Hello, and until it is gone. */
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { GatewayError } from "../errors.ts";
import { dialer } from "../plugin-host/native/address.ts";
import { askHello } from "../plugin-host/native/ask-hello.ts";
import { writeHello } from "../plugin-host/native/hello.ts";
import { NATIVE_1 } from "../plugin-host/native/name.ts";
import type { Say } from "./steps.ts";
import { ToolFailed } from "./tool-failed.ts";

/** How long a plugin server may take until it says what it offers, in milliseconds. */
const HELLO_LIMIT_MS = 20_000;
/** How long it may take to drain before it is killed; SDKs give themselves 10 s. */
const STOP_LIMIT_MS = 12_000;
/** Lines that it printed before it failed, for people; characters. */
const LAST_WORDS_CHARS_MAX = 4000;

/** What may be wrong with a server that runs and says no Hello. */
const NATIVE_ONLY =
  "dev and replay speak the native protocol (Dragoman:1) and neither MsgPack:1 nor ProtoBuf:1, which Kong's own SDKs serve";

/** How the tools introduce themselves to a plugin server. */
export const TOOL_FACTS = {
  software: "dragoman plugin tools",
  nodeId: "00000000-0000-0000-0000-000000000000",
  hostname: "localhost",
  kongVersion: "3.9.1",
  kongVersionNum: 3_009_001,
};

/** What it offers, as its `-dump` would print. */
export interface Offer {
  readonly text: string;
  readonly plugins: readonly string[];
}

/** Starts when it is made. `onLost` is called once, unless it was stopped. */
export class ServerProcess {
  readonly socket: string;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  #lastWords = "";
  #end = "";
  #isWanted = true;

  /** @param words the command; `-socket` and the variable are added. @param say gets what it prints, a line at a time */
  constructor(
    words: readonly string[],
    cwd: string,
    socket: string,
    say: Say,
    onLost: (how: string) => void,
  ) {
    const [program = "", ...args] = words;
    rmSync(socket, { force: true });
    this.socket = socket;
    this.#child = spawn(program, [...args, "-socket", socket], {
      cwd,
      env: { ...process.env, DRAGOMAN_PLUGIN_SERVER_SOCKET: socket },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS_CHARS_MAX);
        if (this.#end === "") say(text);
      });
    }
    this.#gone = new Promise((resolve) => {
      const ended = (how: string): void => {
        if (this.#end !== "") return;
        this.#end = how;
        resolve();
        if (this.#isWanted) onLost(how);
      };
      this.#child.on("error", (cause) => ended(cause.message));
      this.#child.on("exit", (code, signal) => ended(signal ?? `exit code ${code}`));
    });
  }

  /** @throws {ToolFailed} if it ends, or says nothing */
  async hello(): Promise<Offer> {
    const hello = askHello(
      "the plugin server",
      NATIVE_1,
      dialer(this.socket, null),
      writeHello(TOOL_FACTS),
      HELLO_LIMIT_MS,
    );
    const lost = this.#gone.then(() => {
      throw new ToolFailed(`the plugin server ended (${this.#end}) before it said what it offers`);
    });
    try {
      const text = await Promise.race([hello, lost]);
      const { Plugins } = JSON.parse(text) as { Plugins: { Name: string }[] };
      return { text, plugins: Plugins.map((one) => one.Name) };
    } catch (cause) {
      hello.catch(() => undefined);
      await this.stop();
      if (cause instanceof ToolFailed || !(cause instanceof GatewayError)) throw cause;
      throw new ToolFailed(`${cause.message}; ${NATIVE_ONLY}`, { cause });
    } finally {
      lost.catch(() => undefined);
    }
  }

  /** Let it finish what it has under way. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    if (this.#end !== "") return;
    this.#child.kill("SIGTERM");
    const hard = setTimeout(() => this.#child.kill("SIGKILL"), STOP_LIMIT_MS);
    await this.#gone;
    clearTimeout(hard);
    rmSync(this.socket, { force: true });
  }

  /** At once, where nobody waits any more. */
  kill(): void {
    this.#isWanted = false;
    this.#child.kill("SIGKILL");
  }
}
