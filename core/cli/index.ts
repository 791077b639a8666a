/** Entry of the command line: hands it this process' arguments, environment and streams. */
import { runCommandLine } from "./command-line.ts";

// Whoever read our output may go (`dragoman run | head -1`): that ends no gateway.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const ended = runCommandLine(process.argv.slice(2), {
  env: process.env,
  streams: {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
  },
  entry: import.meta.url,
});
// A gateway in the foreground has stopped when its verb returns; what may still be open shall not hold the process.
ended.then(
  (code) => process.exit(code),
  (cause: unknown) => {
    console.error(cause);
    process.exit(1);
  },
);
