/** The first message of a TLS handshake: as real clients send it, in any number of pieces, and as nobody should. */
import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { describe, it } from "node:test";
import tls from "node:tls";
import { INCOMPLETE } from "../../../core/http1/head-scanner.ts";
import {
  HELLO_BYTES_MAX,
  MALFORMED_HELLO,
  readClientHello,
  versionAgreed,
} from "../../../core/listener/client-hello.ts";
import { seeded } from "../plugin-host/seeded.ts";

/** What Node's own client sends first. */
function helloOf(options: tls.ConnectionOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        resolve(chunk);
        done();
      },
    });
    tls.connect({ socket, ...options }).on("error", reject);
  });
}

/** The same message in records of `size` bytes. */
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

function read(b: Buffer) {
  const hello = readClientHello(b);
  assert.ok(typeof hello === "object", `read as ${String(hello)}`);
  return hello;
}

describe("a TLS client's hello", () => {
  it("tells the server name and the versions", async () => {
    const hello = read(await helloOf({ servername: "a.test", maxVersion: "TLSv1.3" }));
    assert.equal(hello.serverName, "a.test");
    assert.equal(versionAgreed(hello, "TLSv1.2", "TLSv1.3"), "TLSv1.3");
    assert.equal(versionAgreed(hello, "TLSv1.2", "TLSv1.2"), "TLSv1.2");
    const nameless = read(await helloOf({ maxVersion: "TLSv1.2" }));
    assert.equal(nameless.serverName, "");
    assert.equal(versionAgreed(nameless, "TLSv1.2", "TLSv1.3"), "TLSv1.2");
    assert.equal(versionAgreed(nameless, "TLSv1.3", "TLSv1.3"), "", "none that both speak");
  });

  // Goal: no boundary may change what is read. Method: cut it at every byte, and put it in records of every size.
  it("is the same wherever it is cut", async () => {
    const hello = await helloOf({ servername: "cut.test" });
    const whole = read(hello);
    for (let n = 0; n < hello.length; n++) {
      assert.equal(readClientHello(hello.subarray(0, n)), INCOMPLETE, `${n} bytes`);
    }
    for (let size = 1; size < hello.length; size++) {
      const pieces = inRecords(hello, size);
      if (pieces.length <= HELLO_BYTES_MAX) assert.deepEqual(read(pieces), whole);
    }
    assert.deepEqual(read(Buffer.concat([hello, Buffer.from("more")])), whole);
  });

  it("is refused where it is something else, has an empty record or does not end", async () => {
    const hello = await helloOf({ servername: "a.test" });
    const changed = (at: number, value: number) => {
      const copy = Buffer.from(hello);
      copy[at] = value;
      return copy;
    };
    assert.equal(readClientHello(changed(0, 23)), MALFORMED_HELLO, "another record");
    assert.equal(readClientHello(changed(5, 2)), MALFORMED_HELLO, "another message");
    assert.equal(readClientHello(Buffer.from([22, 3, 1, 0, 0])), MALFORMED_HELLO);
    const shortened = Buffer.from(hello.subarray(0, 60)); // its parts say more than it has
    shortened.writeUInt16BE(55, 3);
    shortened.writeUIntBE(51, 6, 3);
    assert.equal(readClientHello(shortened), MALFORMED_HELLO);
    const endless = Buffer.alloc(HELLO_BYTES_MAX + 1);
    for (let at = 0; at < endless.length; at += 16_389) {
      Buffer.from([22, 3, 1, 64, 0]).copy(endless, at);
    }
    endless.set([1, 255, 255, 255], 5);
    assert.equal(readClientHello(endless), MALFORMED_HELLO);
  });

  it("never throws, whatever comes", async () => {
    const hello = await helloOf({ servername: "a.test" });
    const chance = seeded("hello");
    for (let n = 0; n < 5000; n++) {
      const copy = Buffer.from(hello);
      for (let k = chance.below(4); k >= 0; k--)
        copy[chance.below(copy.length)] = chance.below(256);
      readClientHello(copy.subarray(0, chance.below(copy.length + 1)));
    }
  });
});
