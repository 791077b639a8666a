/**
 * A plugin server on another machine, over TLS with certificates on both sides: used by those who belong to it; where
 * something about a certificate is wrong nothing is sent, and the log says in one line what it is.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import tls from "node:tls";
import { generate } from "selfsigned";
import { InvalidSetting } from "../../../core/errors.ts";
import type { GatewayError } from "../../../core/errors.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { carrier } from "./carrier.ts";
import { type NativeRemote, nativeRemote } from "./native-remote.ts";
import { FRAME, SmallNative, write } from "./native-small-server.ts";
import { pluginConfig, scratch, serverSettings } from "./remote.ts";

interface Pair {
  readonly cert: string;
  readonly private: string;
}

const DAY_MS = 86_400_000;
/** How long an event waits for a connection, and how long it may be until a handshake has ended on a busy machine. */
const READY_MS = 3000;
const HANDSHAKE_MS_MAX = 60_000;
const UNREACHABLE = "PLUGIN_SERVER_UNREACHABLE";
const usual = carrier.createServer;

let ca: Pair;
let otherCa: Pair;
let folder: ReturnType<typeof scratch>;
let small: SmallNative | null = null;
let host: NativeRemote | null = null;

/** A certificate for `name`, signed by `by`. @param daysLeft below 0: it has expired */
async function signed(name: string, by: Pair | null, daysLeft = 30): Promise<Pair> {
  const until = Date.now() + daysLeft * DAY_MS;
  return await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(until - 60 * DAY_MS),
    notAfterDate: new Date(until),
    extensions:
      by === null
        ? [{ name: "basicConstraints", cA: true, critical: true }]
        : [{ name: "subjectAltName", altNames: [{ type: 2, value: name }] }],
    ...(by === null ? {} : { ca: { cert: by.cert, key: by.private } }),
  });
}

before(async () => {
  ca = await signed("ca.test", null);
  otherCa = await signed("other-ca.test", null);
});
beforeEach(() => {
  folder = scratch();
});
afterEach(async () => {
  host?.close();
  host = null;
  await small?.die();
  small = null;
  folder.remove();
});

const file = (name: string, text: string): string => {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
};

/** A plugin server with this certificate, that wants one signed by `clients`. @returns its address */
async function serve(own: Pair, clients: Pair): Promise<string> {
  const options = {
    cert: own.cert,
    key: own.private,
    ca: [clients.cert],
    requestCert: true,
    rejectUnauthorized: true,
  };
  carrier.createServer = (onConnection) => {
    const server = tls.createServer(options, onConnection);
    server.on("tlsClientError", () => {});
    return server;
  };
  small = new SmallNative(folder.socket);
  carrier.createServer = usual;
  small.behaviour = () => ({ ran: 1, writes: [write.setRequestHeader("x-ran", "yes")] });
  return (await small.listenOnPort()).replace(/^tcp:.*:/, "tls://localhost:");
}

/** An event of a gateway that shows `own` and trusts `trusted`. @returns its end, and what the log says of the server */
async function ask(address: string, own: Pair | null, trusted: Pair) {
  const given = {
    cert: own === null ? "" : file("own.pem", own.cert),
    key: own === null ? "" : file("own.key", own.private),
    ca: file("ca.pem", trusted.cert),
  };
  const settings = serverSettings({ socket: address, tls: given, readyTimeoutMs: READY_MS });
  host = nativeRemote(settings, [address]);
  const said = (): string[] => {
    const lines = host!.records.filter(({ level }) => level === "error");
    return lines.map(({ fields }) => String(fields.why));
  };
  // on a busy machine the patience of one event may end before a handshake: then the next one has its end
  const until = performance.now() + HANDSHAKE_MS_MAX;
  let code = await end();
  while (code === UNREACHABLE && said().length === 0 && performance.now() < until)
    code = await end();
  return { code, said: said(), events: small!.of(FRAME.EVENT).length };
}

/** Run an event. @returns the code of its failure, or whether the plugin has run */
async function end(): Promise<string> {
  const x = makeExchange();
  const outcome = (await host!.run(pluginConfig("p1"), "access", x)) as GatewayError | null;
  return outcome?.code ?? (x.requestHeaders.get("x-ran") === "yes" ? "ran" : "SKIPPED");
}

describe("a plugin server over TLS, with certificates on both sides,", () => {
  it("is used", async () => {
    const address = await serve(await signed("localhost", ca), ca);
    const { code, said } = await ask(address, await signed("gateway", ca), ca);
    assert.deepEqual([code, said], ["ran", []]);
  });

  const WRONG: readonly [string, () => Promise<[Pair, Pair | null, Pair]>, RegExp][] = [
    [
      "has expired",
      async () => [await signed("localhost", ca, -1), await signed("gateway", ca), ca],
      /^TLS: certificate has expired \(CERT_HAS_EXPIRED\)$/,
    ],
    [
      "is signed by another CA",
      async () => [await signed("localhost", otherCa), await signed("gateway", ca), ca],
      /^TLS: .*(?:UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|SELF_SIGNED)/,
    ],
    [
      "is for another name",
      async () => [await signed("elsewhere", ca), await signed("gateway", ca), ca],
      /^TLS: .*localhost.*\(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
    ],
    [
      "does not come from the gateway at all",
      async () => [await signed("localhost", ca), null, ca],
      /^TLS: .*certificate required/i,
    ],
    [
      "of the gateway is signed by another CA",
      async () => [await signed("localhost", ca), await signed("gateway", otherCa), ca],
      /^TLS: .*(?:unknown ca|bad certificate|may not accept the gateway's certificate)/i,
    ],
    [
      "of the gateway has expired",
      async () => [await signed("localhost", ca), await signed("gateway", ca, -1), ca],
      /^TLS: .*(?:certificate expired|may not accept the gateway's certificate)/i,
    ],
  ];
  for (const [what, make, says] of WRONG) {
    it(`gets nothing where a certificate ${what}, and the log says so once`, async () => {
      const [own, client, trusted] = await make();
      const { code, said, events } = await ask(await serve(own, ca), client, trusted);
      assert.equal(code, UNREACHABLE);
      assert.equal(events, 0);
      assert.equal(said.length, 1, said.join("\n"));
      assert.match(said[0]!, says);
    });
  }

  it("is refused with the file's name where one cannot be read", () => {
    const given = { cert: "", key: "", ca: join(folder.path, "nowhere.pem") };
    const settings = serverSettings({ socket: "tls://localhost:1", tls: given });
    assert.throws(
      () => nativeRemote(settings, ["tls://localhost:1"]),
      (cause: Error) =>
        cause instanceof InvalidSetting && /cannot read .*nowhere\.pem/.test(cause.message),
    );
  });
});
