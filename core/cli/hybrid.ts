/** `hybrid gen_cert`: the pair of certificate and key that control plane and data planes share. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { numberOption } from "./arguments.ts";
import { type Command, CommandFailed } from "./command.ts";

const DAYS = 1095;
/** Name that a data plane expects where no other is set. */
const COMMON_NAME = "kong_clustering";

/** `dragoman hybrid gen_cert [CERT KEY]`. Overwrites nothing; the certificate counts from now on. */
export const command: Command = {
  usage: "hybrid",
  options: [{ name: "days", short: "d", type: "number" }],
  verbs: ["gen_cert"],
  run: async ({ options, words, out }) => {
    const [, certWord, keyWord] = words;
    if (certWord !== undefined && keyWord === undefined) {
      throw new CommandFailed("both cert and key path needs to be provided");
    }
    const cert = resolve(certWord ?? "cluster.crt");
    const key = resolve(keyWord ?? "cluster.key");
    for (const path of [cert, key]) {
      if (existsSync(path)) {
        throw new CommandFailed(`${path} already exists.\nWill not overwrite it.`);
      }
    }
    const days = numberOption(options, "days", DAYS);
    const { writeSelfSigned } = await import("./self-signed.ts");
    try {
      await writeSelfSigned({ cert, key, commonName: COMMON_NAME, days, curve: "P-384" });
    } catch (cause) {
      throw new CommandFailed(`could not write the pair: ${(cause as Error).message}`, { cause });
    }
    out.info(
      "Successfully generated certificate/key pairs, they have been written to: " +
        `'${cert}' and '${key}'.`,
    );
    return 0;
  },
};
