/**
 * What a plugin writes never becomes a second request, a second answer or a second header, in any protocol.
 *
 * Method: plugin servers of all four protocols write what could: line ends, NULs, spaces, framing headers, statuses that
 * there are not. Each request shares its client connection with one that no plugin touches, and the Service's side is
 * read by node's strict parser: whatever slips through is a header `x-smuggled`, a request for /smuggled, an answer too many,
 * or a body that is not the one that was sent.
 */
import assert from "node:assert/strict";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { type Gateway, startGateway } from "../../helpers/start-gateway.ts";
import { FourServers, type Op, WIRES } from "./four-servers.ts";
import { type StrictAnswer, strictAnswers } from "./strict-answers.ts";

const BODY = "hello";
const servers = new FourServers();
let upstream: http.Server;
let gateway: Gateway;
/** What arrived at the Service and is not what was sent. */
const wrong: string[] = [];
let arrived = 0;

const VALUES = [
  "a\r\nx-smuggled: 1",
  "a\nx-smuggled: 1",
  "a\rx-smuggled: 1",
  "a\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
  "a\0b",
  "\r\n x-smuggled: 1",
  " a ",
  "",
  "é",
  "日本",
  "č\u010d\u010a\u560d\u560ax-smuggled: 1",
  "\u007f\u0001\u001b",
];
const NAMES = [
  "x-smuggled: 1\r\ny",
  "x-a\r\nx-smuggled",
  "x-a: b",
  "x a",
  " x-a",
  "x-a ",
  "",
  "x\0",
  "é",
  "x\n-a",
  "č",
];
const FRAMING = [
  "content-length",
  "Transfer-Encoding",
  "transfer_encoding",
  "connection",
  "upgrade",
  "expect",
];
const FRAMING_VALUES = ["0", "3", "-1", "5, 5", "chunked"];
const TARGETS = [
  "/a b",
  "/a HTTP/1.1\r\nx-smuggled: 1\r\n\r\nGET /smuggled",
  "/a\nb",
  "/a\rb",
  "/a\0",
  "/a\tb",
  "/é",
  "/č",
  "/a?b#c",
  "smuggled",
  "",
];
const METHODS = [
  "GET /smuggled HTTP/1.1\r\n\r\nGET",
  "GET\0",
  "G T",
  "",
  "CONNECT",
  "get",
  "é",
  "FOO",
];
const STATUSES = [
  100, 101, 103, 199, 204, 205, 304, 600, 999, 1000, -1, 0, 1.5, 1e20, 4_294_967_496,
];

function* scripts(): Generator<Op[]> {
  const headers = [
    "service.request.set_header",
    "service.request.add_header",
    "response.set_header",
    "response.add_header",
  ];
  for (const name of headers.map((one) => `kong.${one}`)) {
    for (const value of VALUES) yield [[name, "x-a", value]];
    for (const bad of NAMES) yield [[name, bad, "1"]];
    for (const one of FRAMING) for (const value of FRAMING_VALUES) yield [[name, one, value]];
  }
  yield [["kong.service.request.set_header", "host", "a\r\nx-smuggled: 1"]];
  yield [["kong.service.request.set_header", "host", "a b"]];
  for (const one of TARGETS) yield [["kong.service.request.set_path", one]];
  // bytes above ASCII go on in a query as they are, as in Kong; node's parser would refuse them
  const plain = TARGETS.filter((one) => Buffer.byteLength(one) === one.length);
  for (const one of plain) yield [["kong.service.request.set_raw_query", one]];
  for (const one of VALUES) yield [["kong.service.request.set_query", { [one]: one }]];
  for (const one of METHODS) yield [["kong.service.request.set_method", one]];
  for (const one of STATUSES) {
    yield [["kong.response.set_status", one]];
    yield [["kong.response.exit", one]];
    yield [["kong.response.exit", one, "a body"]];
  }
  for (const value of VALUES) yield [["kong.response.exit", 200, "b", { "x-a": value }]];
  for (const bad of NAMES) yield [["kong.response.exit", 200, "b", { [bad]: "1" }]];
  for (const one of FRAMING) {
    for (const value of FRAMING_VALUES)
      yield [["kong.response.exit", 200, "a body", { [one]: value }]];
  }
}

function note(request: http.IncomingMessage, body: string): void {
  arrived++;
  const { method, url, headers, rawHeaders } = request;
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  const text = `${method} ${url} ${JSON.stringify(rawHeaders)} ${JSON.stringify(body)}`;
  const framings = names.filter((name) => /^(host|content.length|transfer.encoding)$/.test(name));
  const isWrong =
    "x-smuggled" in headers ||
    url!.startsWith("/smuggled") ||
    new Set(framings).size !== framings.length ||
    framings.length > 2 ||
    body !== (method === "GET" || method === "HEAD" ? "" : BODY);
  if (isWrong) wrong.push(text);
}

before(async () => {
  upstream = http.createServer((request, response) => {
    let body = "";
    request.setEncoding("latin1");
    request.on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => note(request, body));
    request.on("end", () => response.end("ok"));
  });
  upstream.on("clientError", (error: Error & { rawPacket?: Buffer }, socket) => {
    wrong.push(`unreadable: ${error.message}: ${JSON.stringify(error.rawPacket?.latin1Slice())}`);
    socket.destroy();
  });
  await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
  await servers.listen();
  const { port } = upstream.address() as AddressInfo;
  gateway = await startGateway({ settings: servers.settings(), config: servers.config(port) });
});

after(async () => {
  await gateway?.stop();
  await servers.close();
  upstream.closeAllConnections();
  upstream.close();
});

/** Two requests on one connection: the plugin's, and one that no plugin touches. */
function ask(method: string, path: string): Promise<StrictAnswer[]> {
  const body = method === "POST" ? BODY : "";
  const length = body === "" ? "" : `content-length: ${body.length}\r\n`;
  const requests = `${method} ${path} HTTP/1.1\r\nhost: a\r\n${length}\r\n${body}GET /plain HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`;
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = net.connect(gateway.proxyPort, "127.0.0.1", () => socket.write(requests));
    socket.setEncoding("latin1");
    socket.on("data", (part: string) => {
      text += part;
    });
    socket.on("error", reject);
    socket.on("close", () => {
      try {
        resolve(strictAnswers(text, [method, "GET"]));
      } catch (cause) {
        reject(cause);
      }
    });
  });
}

function check(answers: StrictAnswer[]): void {
  const [first, plain] = answers;
  assert.ok(!first!.lines.some((line) => /^x-smuggled/i.test(line)), first!.lines.join(" | "));
  assert.deepEqual([plain!.status, plain!.body], [200, "ok"]);
}

/** Can the method make a difference? */
const FRAMED = /content|transfer|exit|status|method/i;

/** Run a script behind all four, with each method. @returns what is wrong with it */
async function play(script: Op[]): Promise<string[]> {
  servers.script = script;
  const text = JSON.stringify(script);
  const other = text.includes("kong.response") ? "HEAD" : "POST";
  const methods = FRAMED.test(text) ? ["GET", other] : ["GET"];
  const faults: string[] = [];
  const one = async (wire: string, method: string): Promise<void> => {
    try {
      check(await ask(method, `/${wire}`));
    } catch (cause) {
      faults.push(`${wire} ${method} ${text}: ${(cause as Error).message}`);
    }
  };
  await Promise.all(WIRES.flatMap((wire) => methods.map((method) => one(wire, method))));
  faults.push(...wrong.splice(0).map((what) => `${text} made of a request: ${what}`));
  return faults;
}

describe("what a plugin writes", () => {
  it("does not smuggle, in any protocol", async () => {
    servers.script = [["kong.service.request.set_header", "x-a", "b"]];
    for (const wire of WIRES) assert.equal((await ask("GET", `/${wire}`))[0]!.status, 200, wire);
    const faults: string[] = [];
    for (const script of scripts()) faults.push(...(await play(script)));
    assert.deepEqual(faults, []);
    assert.ok(arrived > 0);
    assert.doesNotMatch(gateway.errorLog(), /uncaught|worker (exited|died|ended)/i);
  });
});
