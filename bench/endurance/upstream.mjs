/**
 * The Service behind the gateway: answers every GET with a few bytes, and counts what has come without the plugin's mark,
 * or with the mark of another route. A route of the bench is named as the mark of its config: `/a` has to bring `a`.
 */
import net from "node:net";

const ANSWER = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
/** Routes without the plugin. */
const PLAIN = "plain";

export class Upstream {
  requests = 0;
  withoutMark = 0;
  wrongMark = 0;
  #server = net.createServer({ noDelay: true }, (socket) => this.#serve(socket));

  async listen() {
    await new Promise((done) => this.#server.listen(0, "127.0.0.1", done));
    return this.#server.address().port;
  }

  #serve(socket) {
    let text = "";
    socket.setEncoding("latin1");
    socket.on("error", () => {});
    socket.on("data", (part) => {
      text += part;
      for (let end = text.indexOf("\r\n\r\n"); end !== -1; end = text.indexOf("\r\n\r\n")) {
        this.#judge(text.slice(0, end + 2));
        text = text.slice(end + 4);
        socket.write(ANSWER, "latin1");
      }
    });
  }

  #judge(head) {
    const route = head.slice(head.indexOf("/") + 1, head.indexOf(" ", head.indexOf("/")));
    if (route === PLAIN) return;
    this.requests++;
    const mark = /\r\nx-mark: *(\S*)\r\n/i.exec(head)?.[1];
    if (mark === undefined) this.withoutMark++;
    else if (mark !== route) this.wrongMark++;
  }

  close() {
    this.#server.close();
  }
}

/** Routes `/a`, `/b` with the plugin, each config with a mark of its own, and `/plain` without. */
export function routes(upstreamPort, given = {}) {
  const marked = ["a", "b"].map((mark) => ({
    name: mark,
    paths: [`/${mark}`],
    strip_path: false,
    plugins: [{ name: "endurance", config: { mark, ...given } }],
  }));
  const plain = { name: PLAIN, paths: [`/${PLAIN}`], strip_path: false };
  const service = { name: "s", url: `http://127.0.0.1:${upstreamPort}`, retries: 0 };
  return { services: [{ ...service, routes: [...marked, plain] }] };
}
