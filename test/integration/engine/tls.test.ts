/** TLS towards clients and towards Services, over real sockets with certificates made for the test. */
import assert from "node:assert/strict";
import net from "node:net";
import { after, before, describe, it } from "node:test";
import tls from "node:tls";
import { generate } from "selfsigned";
import type { HandshakeWishes } from "../../../core/exchange/exchange.ts";
import { factsWithCertificate } from "../../../core/listener/tls-facts.ts";
import {
  createTlsServer,
  type Gatekeeper,
  type TlsSettings,
} from "../../../core/listener/tls-server.ts";
import { tlsMaterial } from "../../../core/proxy/tls-material.ts";
import { RawClient, runEngine } from "../../helpers/run-engine.ts";

interface Pair {
  readonly cert: string;
  readonly key: string;
}

async function makePair(name: string, isEllipticCurve = false): Promise<Pair> {
  const made = await generate([{ name: "commonName", value: name }], {
    keyType: isEllipticCurve ? "ec" : "rsa",
    keySize: 2048,
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: name }] }],
  });
  return { cert: made.cert, key: made.private };
}

let rsa: Pair;
let ec: Pair;
before(async () => {
  [rsa, ec] = await Promise.all([makePair("gateway.test"), makePair("gateway.test", true)]);
});

function settings(changes: Partial<TlsSettings> = {}): TlsSettings {
  return {
    certs: [rsa.cert, ec.cert],
    keys: [rsa.key, ec.key],
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    prefersOwnCiphers: false,
    ...changes,
  };
}

const stops: (() => unknown)[] = [];
after(async () => {
  for (const stop of stops.reverse()) await stop();
});

async function listening(server: net.Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  stops.push(() => server.close());
  return (server.address() as net.AddressInfo).port;
}

/** A TLS listener that tells each client who it is said to be. */
function startListener(changes: Partial<TlsSettings> = {}, isProxied = false): Promise<number> {
  const server = createTlsServer(settings(changes), isProxied, (socket, proxied) => {
    socket.on("error", () => {});
    socket.end(JSON.stringify(proxied));
  });
  return listening(server);
}

/** Connect, after `line` in plain text, and read to the end. */
async function connect(
  port: number,
  options: tls.ConnectionOptions = {},
  line = "",
): Promise<{ text: string; cipher: string; session: Buffer | undefined; isReused: boolean }> {
  const raw = net.connect(port, "127.0.0.1");
  if (line !== "") raw.write(line, "latin1");
  const socket = tls.connect({ socket: raw, rejectUnauthorized: false, ...options });
  await new Promise((resolve, reject) =>
    socket.once("secureConnect", resolve).once("error", reject),
  );
  const cipher = `${socket.getProtocol()} ${socket.getCipher().name}`;
  const session = socket.getSession();
  const isReused = socket.isSessionReused();
  let text = "";
  for await (const chunk of socket) text += chunk;
  return { text, cipher, session, isReused };
}

describe("a TLS listener", () => {
  it("tells a client in plain text so, and closes", async () => {
    const client = new RawClient(await startListener());
    const answer = await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").untilClosed();
    assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.match(answer, /The plain HTTP request was sent to HTTPS port/);
  });

  it("closes without a word for what is neither TLS nor HTTP", async () => {
    const client = new RawClient(await startListener());
    assert.equal(await client.send("\x05\x01\x00").untilClosed(), "");
  });

  // Goal: a client that says nothing, or too little, costs a descriptor for a while only.
  it("closes when the time for a handshake is over, at whatever byte it stops", async () => {
    const port = await startListener({ handshakeTimeoutMs: 50 });
    const record = Buffer.from("16030100c8010000c40303", "hex").toString("latin1");
    for (const begun of ["", "\x16", record]) {
      assert.equal(await new RawClient(port).send(begun).untilClosed(), "");
    }
  });

  it("reads the PROXY protocol before the handshake", async () => {
    const port = await startListener({}, true);
    const line = "PROXY TCP4 203.0.113.9 127.0.0.1 4711 443\r\n";
    const { text } = await connect(port, {}, line);
    assert.deepEqual(JSON.parse(text), { ip: "203.0.113.9", port: 4711 });
  });

  it("closes where the PROXY protocol is missing", async () => {
    const port = await startListener({}, true);
    await assert.rejects(connect(port));
  });

  it("shows the certificate of the kind that the client can use", async () => {
    const port = await startListener();
    const options = { maxVersion: "TLSv1.2" } as const;
    const first = await connect(port, { ...options, ciphers: "ECDHE-RSA-AES128-GCM-SHA256" });
    const second = await connect(port, { ...options, ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" });
    assert.equal(first.cipher, "TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256");
    assert.equal(second.cipher, "TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256");
  });

  it("keeps to its versions and ciphers", async () => {
    const port = await startListener({
      maxVersion: "TLSv1.2",
      ciphers: "ECDHE-RSA-AES256-GCM-SHA384",
    });
    assert.equal((await connect(port)).cipher, "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384");
    await assert.rejects(connect(port, { minVersion: "TLSv1.3" }));
    await assert.rejects(connect(port, { ciphers: "ECDHE-RSA-AES128-GCM-SHA256" }));
  });
});

describe("a TLS listener whose clients are judged before the handshake", () => {
  type Ask = Gatekeeper["ask"];

  /** A listener that answers with the names of the certificates it was shown, and how often it asked. */
  async function startJudged(
    ask: Ask,
    isOn = () => true,
    changes: Partial<TlsSettings> = {},
  ): Promise<number> {
    const server = createTlsServer(
      settings(changes),
      false,
      (socket, _, wishes) => {
        socket.on("error", () => {});
        const facts = wishes.asksForCertificate ? factsWithCertificate(socket) : null;
        socket.end(`${facts?.clientVerify} ${facts?.chain?.match(/BEGIN/g)?.length ?? 0}`);
      },
      { isOn, ask },
    );
    return listening(server);
  }

  const agree =
    (wishes: Partial<HandshakeWishes>): Ask =>
    (_raw, _hello, _proxied, decide) =>
      setImmediate(decide, { asksForCertificate: false, reusesSession: true, ...wishes });

  it("lets in whom the judge lets in, later", async () => {
    const names: string[] = [];
    const port = await startJudged((raw, hello, proxied, decide) => {
      names.push(hello.serverName);
      agree({})(raw, hello, proxied, decide);
    });
    assert.equal((await connect(port, { servername: "a.test" })).text, "undefined 0");
    assert.deepEqual(names, ["a.test"]);
  });

  it("does not wait longer for a hello that comes byte by byte", async () => {
    const port = await startJudged(
      () => assert.fail("asked"),
      () => true,
      { handshakeTimeoutMs: 300 },
    );
    const client = new RawClient(port);
    client.send("\x16\x03\x01\x3f\xff\x01\x00\x3f\xfb");
    const trickle = setInterval(() => client.send("x"), 20);
    await client.untilClosed();
    clearInterval(trickle);
  });

  it("ends the handshake with an alert where the judge refuses", async () => {
    const port = await startJudged((_raw, _hello, _proxied, decide) => decide(null));
    await assert.rejects(connect(port), /alert internal error/);
  });

  it("asks nobody where nobody wants to be asked", async () => {
    const port = await startJudged(
      () => assert.fail("asked"),
      () => false,
    );
    assert.equal((await connect(port)).text, "undefined 0");
  });

  it("asks a client for its certificate, and takes what comes", async () => {
    const port = await startJudged(agree({ asksForCertificate: true }));
    assert.equal((await connect(port)).text, "NONE 0");
    assert.equal((await connect(port, rsa)).text, "FAILED:DEPTH_ZERO_SELF_SIGNED_CERT 1");
  });

  it("gives no session to go on with where that is not wanted", async () => {
    for (const reusesSession of [true, false]) {
      const port = await startJudged(agree({ reusesSession }));
      const options = { maxVersion: "TLSv1.2" } as const;
      const { session } = await connect(port, options);
      const again = await connect(port, { ...options, ...(session && { session }) });
      assert.equal(again.isReused, reusesSession);
    }
  });
});

/** A certificate that `issuer` signed; with `isCa` it may sign others. */
async function signed(name: string, issuer: Pair | null, isCa: boolean): Promise<Pair> {
  const made = await generate([{ name: "commonName", value: name }], {
    keySize: 2048,
    ...(issuer === null ? {} : { ca: { cert: issuer.cert, key: issuer.key } }),
    extensions: [
      { name: "basicConstraints", cA: isCa },
      { name: "subjectAltName", altNames: [{ type: 2, value: name }] },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** A TLS target that answers with the common name of the certificate it was shown. */
function startTarget(pair: Pair): Promise<number> {
  const options = { ...pair, requestCert: true, rejectUnauthorized: false };
  const server = tls.createServer(options, (socket) => {
    socket.on("error", () => {});
    socket.on("data", () => {
      const shown = String(socket.getPeerCertificate().subject?.CN ?? "none");
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${shown.length}\r\n\r\n${shown}`);
    });
  });
  return listening(server);
}

describe("a Service over TLS", () => {
  const GET = "GET / HTTP/1.1\r\nHost: gateway.test\r\nConnection: close\r\n\r\n";

  async function ask(
    service: object,
    upstreamTls: { ca?: Pair; pair?: Pair; verifyDepth?: number },
    target = rsa,
  ): Promise<string> {
    const { ca, pair, verifyDepth = 1 } = upstreamTls;
    const engine = await runEngine({
      transport: "onread",
      upstreamPort: await startTarget(target),
      service: { protocol: "https", retries: 0, ...service },
      route: { preserve_host: true },
      options: {
        upstreamTls: {
          clientCertificate: pair === undefined ? null : tlsMaterial(pair.cert, pair.key),
          trustedCas: ca === undefined ? null : tlsMaterial(ca.cert),
          verifyDepth,
        },
      },
    });
    stops.push(() => engine.stop());
    return new RawClient(engine.port).send(GET).untilClosed();
  }

  it("is shown the certificate that the settings have for all", async () => {
    assert.match(await ask({}, {}), / 200 OK[\s\S]*none$/);
    assert.match(await ask({}, { pair: ec }), / 200 OK[\s\S]*gateway\.test$/);
  });

  it("is verified against the CAs of the settings where the Service names none", async () => {
    assert.match(await ask({ tls_verify: true }, { ca: rsa }), / 200 OK/);
    assert.match(await ask({ tls_verify: true }, { ca: ec }), / 502 /);
    assert.match(await ask({ tls_verify: true }, {}), / 502 /);
    assert.match(await ask({ tls_verify: false }, { ca: ec }), / 200 OK/);
  });

  it("may have no more intermediate CAs than tls_verify_depth says", async () => {
    const root = await signed("root.test", null, true);
    const first = await signed("first.test", root, true);
    const second = await signed("second.test", first, true);
    const { cert, key } = await signed("gateway.test", second, false);
    const chain = { cert: [cert, second.cert, first.cert].join("\n"), key };
    const verified = (depth: number | null) =>
      ask({ tls_verify: true, tls_verify_depth: depth }, { ca: root }, chain);
    assert.match(await verified(2), / 200 OK/);
    assert.match(await verified(1), / 502 /);
    assert.match(await verified(null), / 502 /, "the default is 1");
  });
});
