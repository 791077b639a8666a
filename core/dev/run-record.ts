/** `plugin record`: writes what passes between a gateway and a plugin server into a file, until it is interrupted. */
import { rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { openProject } from "./project.ts";
import { recordSocketOf } from "./record-socket.ts";
import { Recorder } from "./recording.ts";
import { RecordingFile } from "./recording-file.ts";
import type { Say } from "./steps.ts";
import { Tap, type TapObserver } from "./tap.ts";
import { ToolFailed } from "./tool-failed.ts";

/** As the command line gives them. */
export interface RunRecordOptions {
  readonly root: string;
  /** Of a plugin whose `dev` runs. */
  readonly folder: string;
  readonly out: string;
  readonly withSecrets: boolean;
  /** Stand before this plugin server instead, at `listen`. */
  readonly socket: string | undefined;
  readonly listen: string | undefined;
  readonly say: Say;
}

/** How long `dev` may take to send the rest of what it has told before the end, in milliseconds. */
const REST_MS_MAX = 2000;

/** @returns ends what gives lines to the file, once all that was said before is in it */
async function begin(
  options: RunRecordOptions,
  file: RecordingFile,
): Promise<() => Promise<void> | undefined> {
  const { socket, listen, withSecrets, folder, root } = options;
  if (socket !== undefined && listen !== undefined) {
    const recorder = new Recorder();
    recorder.subscribe(file.write, withSecrets);
    const observer: TapObserver = {
      onFrame: (frame) => recorder.onFrame(frame),
      onClosed: (link) => recorder.onClosed(link),
      onOtherProtocol: (protocol) => file.refuse(protocol),
    };
    const tap = new Tap(socket, observer, false);
    await tap.listen(listen);
    return () => {
      tap.close();
      return undefined;
    };
  }
  const path = recordSocketOf(openProject(folder, root));
  const source = connect(path, () => source.write(`${JSON.stringify({ secrets: withSecrets })}\n`));
  let rest = "";
  source.setEncoding("utf8").on("data", (text: string) => {
    const end = (rest + text).lastIndexOf("\n") + 1;
    const lines = (rest + text).slice(0, end);
    rest = (rest + text).slice(end);
    if (lines !== "") file.write(lines);
  });
  source.on("error", (cause) => file.end(cause.message));
  const closed = new Promise<void>((resolve) => source.once("close", () => resolve()));
  source.on("close", () => file.end("dragoman plugin dev has ended"));
  // its first line says that from now on nothing is missed
  await Promise.race([new Promise((resolve) => source.once("data", resolve)), closed]);
  return () => {
    // it is on its way still: the other side ends when it has sent it
    source.end();
    const late = setTimeout(() => source.destroy(), REST_MS_MAX);
    return closed.then(() => clearTimeout(late));
  };
}

/** @returns exit code. @throws {ToolFailed} */
export async function runRecord(options: RunRecordOptions): Promise<number> {
  const { out, say, withSecrets, socket, listen } = options;
  if ((socket === undefined) !== (listen === undefined)) {
    throw new ToolFailed(
      "--socket (of the plugin server) and --listen (for the gateway) go together",
    );
  }
  if (socket === undefined) recordSocketOf(openProject(options.folder, options.root));
  else if (statSync(socket, { throwIfNoEntry: false }) === undefined) {
    throw new ToolFailed(`${socket} is not there`);
  }
  const file = new RecordingFile(out);
  // not `once`: a second signal would end this before the file is whole
  const interrupted = new Promise<string>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => resolve(""));
  });
  const end = await begin(options, file).catch((cause: Error) => {
    file.close();
    rmSync(out, { force: true });
    if (cause instanceof ToolFailed) throw cause;
    throw new ToolFailed(`cannot listen at ${listen}: ${cause.message}`, { cause });
  });
  say(
    `recording to ${out}, ${withSecrets ? "with credentials" : "credentials masked"}; Ctrl-C ends it\n`,
  );
  const why = await Promise.race([file.ended, interrupted]);
  await end();
  file.close();
  if (file.isRefused) {
    rmSync(out, { force: true });
    throw new ToolFailed(why);
  }
  if (file.isShort) throw new ToolFailed(`${why}: ${file.bytes} bytes in ${out}`);
  say(`${why === "" ? "" : `${why}: `}${file.bytes} bytes in ${out}\n`);
  return 0;
}
