/**
 * A plugin server in this process, small enough to be understood: MsgPack:1 with behaviours that a test chooses.
 *
 * It keeps instances and events as the SDKs do, and records what it was asked. A behaviour is a function that runs as
 * the plugin: it calls PDK functions through `call`, and may do anything to the socket.
 */
import { rmSync } from "node:fs";
import net from "node:net";
import { Packr, UnpackrStream } from "msgpackr";

export interface EventContext {
  readonly phase: string;
  readonly instance: { readonly id: number; readonly config: Record<string, unknown> };
  /** The socket that the last message came on. */
  socket(): net.Socket;
  call(method: string, ...args: unknown[]): Promise<unknown>;
  /** The last words of the plugin; sent by itself when the behaviour returns. */
  answer(bytes: Buffer): void;
  /** Bytes of a good last answer. */
  lastAnswer(): Buffer;
}

export type Behaviour = (event: EventContext) => Promise<void> | void;

const packr = new Packr({ useRecords: false, variableMapSize: true });

interface Message {
  readonly socket: net.Socket;
  readonly id: number;
  readonly data: unknown;
}

export class SmallServer {
  readonly seen: unknown[] = [];
  readonly sockets = new Set<net.Socket>();
  behaviour: Behaviour = () => {};
  /** Throw to refuse, or wait. */
  onStart: (config: Record<string, unknown>) => Promise<void> | void = () => {};
  readonly path: string;
  readonly #server: net.Server;
  readonly #instances = new Map<number, { id: number; config: Record<string, unknown> }>();
  readonly #steps = new Map<number, (message: Message) => void>();
  #nextInstance = 0;
  #nextEvent = 0;

  constructor(path: string) {
    this.path = path;
    this.#server = net.createServer((socket) => {
      this.sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.sockets.delete(socket));
      const messages = new UnpackrStream({ useRecords: false });
      socket.pipe(messages);
      messages.on("data", (message: unknown[]) => void this.#receive(socket, message));
      messages.on("error", () => socket.destroy());
    });
  }

  async listen(): Promise<void> {
    rmSync(this.path, { force: true });
    await new Promise<void>((resolve) => this.#server.listen(this.path, resolve));
  }

  /** As a killed process ends: every connection closes, and what it knew is gone. */
  async die(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    this.#instances.clear();
    this.#steps.clear();
    this.#nextInstance = 0;
    await closed;
  }

  forgetInstances(): void {
    this.#instances.clear();
  }

  get instances(): readonly { id: number; config: Record<string, unknown> }[] {
    return [...this.#instances.values()];
  }

  async #receive(socket: net.Socket, [, id, method, args]: unknown[]): Promise<void> {
    const messageId = id as number;
    const argument = (args as unknown[])[0] as Record<string, unknown>;
    const reply = (error: string | null, result: unknown): void => {
      socket.write(packr.pack([1, messageId, error, result]));
    };
    this.seen.push([method, argument]);
    if (method === "plugin.StartInstance") {
      const config = JSON.parse(argument.Config as string) as Record<string, unknown>;
      try {
        await this.onStart(config);
      } catch (cause) {
        return reply((cause as Error).message, null);
      }
      const instance = { id: this.#nextInstance++, config };
      this.#instances.set(instance.id, instance);
      return reply(null, { Name: argument.Name, Id: instance.id, Config: config });
    }
    if (method === "plugin.CloseInstance") {
      this.#instances.delete(argument as unknown as number);
      return reply(null, { Id: argument });
    }
    if (method === "plugin.HandleEvent") return this.#handle(socket, messageId, argument, reply);
    const step = this.#steps.get(argument.EventId as number);
    if (step === undefined) return reply(`event id ${argument.EventId} not found`, null);
    this.#steps.delete(argument.EventId as number);
    step({
      socket,
      id: messageId,
      data: method === "plugin.StepError" ? new Error(String(argument.Data)) : argument.Data,
    });
  }

  async #handle(
    socket: net.Socket,
    messageId: number,
    argument: Record<string, unknown>,
    reply: (error: string | null, result: unknown) => void,
  ): Promise<void> {
    const instance = this.#instances.get(argument.InstanceId as number);
    if (instance === undefined) return reply(`no plugin instance #${argument.InstanceId}`, null);
    const eventId = this.#nextEvent++;
    let at: Message = { socket, id: messageId, data: null };
    let hasAnswered = false;
    const pack = (data: unknown): Buffer =>
      packr.pack([1, at.id, null, { Data: data, EventId: eventId }]);
    const context: EventContext = {
      phase: argument.EventName as string,
      instance,
      socket: () => at.socket,
      lastAnswer: () => pack("ret"),
      answer: (bytes) => {
        hasAnswered = true;
        at.socket.write(bytes);
      },
      call: async (method, ...args) => {
        const next = new Promise<Message>((resolve) => this.#steps.set(eventId, resolve));
        at.socket.write(pack({ Method: method, Args: args }));
        at = await next;
        if (at.data instanceof Error) throw at.data;
        return at.data;
      },
    };
    try {
      await this.behaviour(context);
      if (!hasAnswered) at.socket.write(pack("ret"));
    } catch (cause) {
      at.socket.write(packr.pack([1, at.id, (cause as Error).message, null]));
    }
  }
}
