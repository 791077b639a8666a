/**
 * Requests at a steady rate, or as many as are answered, over connections that are kept: a client that needs little of the
 * machine, and looks at every answer. The time of a request begins when its turn has come, also where no connection was
 * free, so that a gateway that stalls is not spared what it would have been asked meanwhile.
 */
import net from "node:net";

/** Between two looks at what is due, in milliseconds. */
const TICK_MS = 1;
/** A connection that is refused or lost is opened again after so long, in milliseconds. */
const REOPEN_MS = 5;
const CLOSES = /\r\nconnection: *close\r\n/i;

/**
 * @typedef {{name: string, text: string}} Kind a request, whole
 * @typedef {{kind: Kind, status: number, head: string, dueMs: number, sentMs: number, endMs: number}} Answer
 *   `status` 0: the connection was lost
 */

/** A GET as text. @param {Record<string, string>} [headers] */
export function get(path, headers = {}) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join("")}\r\n`;
}

class Connection {
  #load;
  #socket = null;
  #text = "";
  #need = 0;
  /** The request under way. */
  kind = null;
  dueMs = 0;
  sentMs = 0;

  constructor(load) {
    this.#load = load;
    this.#open();
  }

  #open() {
    this.#text = "";
    this.#need = 0;
    const socket = net.connect({ port: this.#load.port, host: "127.0.0.1", noDelay: true });
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("error", () => {});
    socket.on("data", (text) => this.#read(text));
    socket.on("close", () => this.#lost(socket));
  }

  #lost(socket) {
    if (socket !== this.#socket || this.#load.isOver) return;
    this.#socket = null;
    if (this.kind !== null) this.#end(0);
    setTimeout(() => {
      if (!this.#load.isOver) this.#open();
    }, REOPEN_MS);
  }

  send(kind, dueMs) {
    this.kind = kind;
    this.dueMs = dueMs;
    this.sentMs = performance.now();
    if (this.#socket === null) return this.#end(0);
    this.#socket.write(kind.text, "latin1");
  }

  #read(text) {
    this.#text += text;
    if (this.#need === 0) {
      const end = this.#text.indexOf("\r\n\r\n");
      if (end === -1) return;
      const length = /\r\ncontent-length: *(\d+)/i.exec(this.#text.slice(0, end + 2));
      this.#need = end + 4 + Number(length?.[1] ?? 0);
    }
    if (this.#text.length >= this.#need && this.kind !== null) this.#end(Number(this.#text.slice(9, 12)));
  }

  #end(status) {
    const { kind, dueMs, sentMs } = this;
    const head = this.#text;
    this.kind = null;
    this.#text = "";
    this.#need = 0;
    if (status !== 0 && CLOSES.test(head)) this.#openAnew();
    this.#load.onEnd(this, { kind, status, head, dueMs, sentMs, endMs: performance.now() });
  }

  /** The gateway ends the connection behind this answer, as it does after so many requests. */
  #openAnew() {
    const old = this.#socket;
    this.#open();
    old.destroy();
  }

  destroy() {
    this.#socket?.destroy();
  }
}

export class Load {
  isOver = false;
  /** Requests whose answer has come, or will never. */
  answered = 0;
  port;
  #rate;
  #kinds;
  #onAnswer;
  #connections;
  #free = [];
  /** When those became due that wait for a connection. */
  #waiting = [];
  #begun = 0;
  #beganMs = performance.now();
  #timer = null;
  #idle = null;

  /**
   * @param {{port: number, connections: number, rate: number, kinds: readonly Kind[], onAnswer: (answer: Answer) => void}} given
   *   `rate`: requests a second, 0 = as many as are answered; `kinds` take turns
   */
  constructor({ port, connections, rate, kinds, onAnswer }) {
    this.port = port;
    this.#rate = rate;
    this.#kinds = kinds;
    this.#onAnswer = onAnswer;
    this.#connections = Array.from({ length: connections }, () => new Connection(this));
    this.#free = [...this.#connections];
    if (rate > 0) this.#timer = setInterval(() => this.#begin(), TICK_MS);
    else while (this.#free.length > 0) this.#send(performance.now());
  }

  #begin() {
    const now = performance.now();
    const due = Math.floor(((now - this.#beganMs) / 1000) * this.#rate);
    for (let n = this.#begun + this.#waiting.length; n < due; n++) this.#waiting.push(now);
    while (this.#waiting.length > 0 && this.#free.length > 0) this.#send(this.#waiting.shift());
  }

  #send(dueMs) {
    const kind = this.#kinds[this.#begun++ % this.#kinds.length];
    this.#free.pop().send(kind, dueMs);
  }

  onEnd(connection, answer) {
    this.#free.push(connection);
    this.answered++;
    this.#onAnswer(answer);
    if (this.#timer === null && !this.isOver && this.#idle === null) {
      if (answer.status === 0) setTimeout(() => this.#again(), REOPEN_MS);
      else this.#send(performance.now());
    } else if (this.#waiting.length > 0 && this.#idle === null) this.#send(this.#waiting.shift());
    if (this.#idle !== null && this.inFlight === 0) this.#idle();
  }

  #again() {
    if (this.#idle === null && !this.isOver && this.#free.length > 0) this.#send(performance.now());
  }

  get inFlight() {
    return this.#connections.length - this.#free.length;
  }

  /** Begin no more; resolves when what is under way has ended. */
  async stop() {
    clearInterval(this.#timer);
    this.#waiting = [];
    if (this.inFlight > 0) {
      await new Promise((done) => {
        this.#idle = done;
      });
    } else this.#idle = () => {};
    this.isOver = true;
    for (const connection of this.#connections) connection.destroy();
  }
}
