/** A `dragoman plugin record` that runs, for tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { dragoman } from "../../helpers/start-gateway.ts";

/** @returns when it records, the process */
export function startRecording(folder: string, ...words: string[]): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(dragoman, ["plugin", "record", ...words], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("recording to")) resolve(child);
    });
    child.on("close", () => reject(new Error(said)));
  });
}

export function endRecording(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.on("close", resolve);
    child.kill("SIGINT");
  });
}
