/** A name server on loopback, over UDP and TCP, that answers from a table and remembers what it was asked. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import * as packet from "dns-packet";

export interface StubAnswer {
  readonly type: "A" | "AAAA" | "SRV" | "CNAME";
  /** Default: the name that was asked for. */
  readonly name?: string;
  readonly data: string | packet.SrvData;
  /** Seconds, default 60. */
  readonly ttl?: number;
}

/** Records of a name, or what to do in place of an answer. */
export type StubEntry =
  | readonly StubAnswer[]
  | { readonly rcode: number }
  | "silence"
  | "truncated-over-udp"
  | "wrong-id-first";

export interface DnsStub {
  /** "127.0.0.1:port", as in `dns_resolver`. */
  readonly address: string;
  /** "A name.test" of each question so far. */
  readonly asked: string[];
  /** Names that exist; may be changed while it runs. */
  readonly table: Record<string, StubEntry>;
  /** What "truncated-over-udp" and "wrong-id-first" answer in the end. */
  readonly hidden: Record<string, readonly StubAnswer[]>;
  close(): Promise<void>;
}

const NAME_ERROR = 3;

/** UDP and TCP on the same port: the port that UDP got may be taken for TCP, so try a few. */
async function bindBoth(): Promise<{ udp: Socket; tcp: Server; port: number }> {
  for (let attempt = 0; ; attempt++) {
    const udp = createSocket("udp4");
    udp.bind(0, "127.0.0.1");
    await once(udp, "listening");
    const { port } = udp.address();
    const tcp = createServer().listen(port, "127.0.0.1");
    try {
      await once(tcp, "listening");
      return { udp, tcp, port };
    } catch (cause) {
      udp.close();
      if (attempt === 5) throw cause;
    }
  }
}

export async function startDnsStub(table: Record<string, StubEntry> = {}): Promise<DnsStub> {
  const { udp, tcp, port } = await bindBoth();
  const asked: string[] = [];
  const hidden: Record<string, readonly StubAnswer[]> = {};

  function reply(bytes: Buffer, overTcp: boolean): Buffer[] {
    const query = packet.decode(bytes);
    const question = query.questions![0]!;
    const { name, type } = question;
    asked.push(`${type} ${name}`);
    const entry = table[name] ?? { rcode: NAME_ERROR };
    if (entry === "silence") return [];
    const isHidden = entry === "truncated-over-udp" || entry === "wrong-id-first";
    const records = isHidden ? (hidden[name] ?? []) : "rcode" in entry ? [] : entry;
    const answers = records
      .filter((answer) => answer.type === type || answer.type === "CNAME" || answer.name)
      .map((answer) => ({ ttl: 60, name, ...answer }) as packet.Answer);
    const base = { type: "response" as const, id: query.id!, questions: [question] };
    const rcode = !isHidden && "rcode" in entry ? entry.rcode : 0;
    if (entry === "truncated-over-udp" && !overTcp) {
      return [packet.encode({ ...base, flags: packet.TRUNCATED_RESPONSE })];
    }
    const right = packet.encode({ ...base, flags: rcode, answers });
    if (entry !== "wrong-id-first") return [right];
    const forged = [{ type: "A", name, ttl: 60, data: "6.6.6.6" } as packet.Answer];
    return [
      packet.encode({ ...base, id: query.id! ^ 1, answers: forged }),
      Buffer.from("x"),
      right,
    ];
  }

  udp.on("message", (bytes, from) => {
    for (const answer of reply(bytes, false)) udp.send(answer, from.port, from.address);
  });
  tcp.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => {
      for (const answer of reply(bytes.subarray(2), true)) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(length); // in two writes, so that the reader has to put them together
        setImmediate(() => socket.write(answer));
      }
    });
  });
  return {
    address: `127.0.0.1:${(tcp.address() as AddressInfo).port || port}`,
    asked,
    table,
    hidden,
    async close() {
      udp.close();
      tcp.close();
      await once(tcp, "close");
    },
  };
}
