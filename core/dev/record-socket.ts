/**
 * The way from `plugin record` to a running `plugin dev`: a Unix socket that gives the lines of a recording, and a file in
 * the plugin's folder that says where it is.
 *
 * Credentials are masked on this side: who asks for them says so in the first line, `{"secrets":true}`.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { type Project, workFolder } from "./project.ts";
import type { Recorder } from "./recording.ts";
import { ToolFailed } from "./tool-failed.ts";

const FILE = "dev.json";
/** Bytes that wait for a recorder that does not read; more ends the recording. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;

/** Listens when it is made; every recorder gets its own lines, masked or not. */
export class RecordSocket {
  readonly #server: Server;
  readonly #file: string;
  readonly #open = new Set<Socket>();

  constructor(project: Project, recorder: Recorder, path: string) {
    this.#file = join(workFolder(project), FILE);
    this.#server = createServer((socket) => this.#serve(socket, recorder));
    this.#server.listen(path);
    writeFileSync(this.#file, JSON.stringify({ pid: process.pid, record: path }));
  }

  #serve(socket: Socket, recorder: Recorder): void {
    this.#open.add(socket);
    socket.once("data", (line: Buffer) => {
      const end = recorder.subscribe((text) => {
        socket.write(text);
        if (socket.writableLength <= WAITING_BYTES_MAX) return true;
        socket.destroy();
        return false;
      }, line.includes('"secrets":true'));
      socket.once("close", end);
    });
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#open.delete(socket));
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    rmSync(this.#file, { force: true });
  }
}

/** @returns the socket of the plugin's running `dev`. @throws {ToolFailed} where there is none */
export function recordSocketOf(project: Project): string {
  const file = join(project.folder, ".dragoman", FILE);
  const { record = "" } = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as { record?: string })
    : {};
  if (record !== "" && existsSync(record)) return record;
  throw new ToolFailed(
    `no dragoman plugin dev runs in ${project.folder}: start it first, in another terminal`,
  );
}
