/** `version`: of Kong, as clients and scripts know it; with `--all` of everything that makes up the gateway. */
import { KONG_VERSION, VERSION } from "../main/version.ts";
import type { Command } from "./command.ts";

/** `dragoman version [--all]`. Reads no settings. */
export const command: Command = {
  usage: "version",
  options: [{ name: "all", short: "a", type: "flag" }],
  run: ({ options, out }) => {
    if (options.all !== true) {
      out.print(KONG_VERSION);
      return 0;
    }
    out.print(`Kong: ${KONG_VERSION}`);
    out.print(`Dragoman: ${VERSION}`);
    for (const part of ["node", "v8", "openssl", "uv"]) {
      out.print(`${part}: ${process.versions[part] ?? "unknown"}`);
    }
    return 0;
  },
};
