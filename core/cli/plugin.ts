/**
 * `plugin`: tools for plugin authors. Each verb below it is loaded only when it is called; what they do is in core/dev.
 */
import { join, relative } from "node:path";
import { textOption } from "./arguments.ts";
import { type Command, type CommandContext, CommandFailed } from "./command.ts";

/** What a verb writes while it works; stdout is for results. */
const say = (text: string): void => void process.stderr.write(text);

const print = (text: string): void => void process.stdout.write(text);

/**
 * A path as it is typed in the shell's folder. Commands are shown with the program's own path, because `npx dragoman` in the
 * folder of a plugin that has a package.json would look for a package of that name in the registry.
 */
function fromHere(path: string): string {
  const short = relative("", path);
  return short.startsWith("..") ? path : short || ".";
}

type Verb = (context: CommandContext, words: readonly string[]) => Promise<number>;

const VERBS: Readonly<Record<string, Verb>> = {
  new: async (context, words) => {
    const [name, folder] = words;
    const language = textOption(context.options, "lang");
    if (name === undefined || language === undefined || words.length > 2) {
      throw new CommandFailed("plugin new --lang go|python|typescript|rust|java NAME [DIR]");
    }
    const { checkoutOf } = await import("../dev/project.ts");
    const { newPlugin } = await import("../dev/scaffold.ts");
    const root = checkoutOf(context.entry);
    const made = newPlugin(root, language, name, folder);
    const dragoman = fromHere(join(root, "bin", "dragoman"));
    const next = `${dragoman} plugin test ${fromHere(made)}`;
    context.out.info(`${made} is a plugin in ${language}; next: ${next}`);
    return 0;
  },
  test: async (context, words) => {
    const { checkoutOf, openProject } = await import("../dev/project.ts");
    const { languageOf } = await import("../dev/languages.ts");
    const { testPlugin } = await import("../dev/toolchain.ts");
    const project = openProject(words[0] ?? ".", checkoutOf(context.entry));
    const code = await testPlugin(project, languageOf(project.language), say);
    if (code !== 0) throw new CommandFailed(`tests of ${project.name} failed (exit code ${code})`);
    context.out.info(`tests of ${project.name} passed`);
    return 0;
  },
  dev: async ({ entry, options }, words) => {
    const { checkoutOf } = await import("../dev/project.ts");
    const { runDev } = await import("../dev/run-dev.ts");
    return runDev({
      entry,
      root: checkoutOf(entry),
      folder: words[0] ?? ".",
      upstream: textOption(options, "upstream"),
      isJson: options.json === true,
      isTerminal: process.stdout.isTTY === true,
      say,
      print,
    });
  },
  record: async ({ entry, options }, words) => {
    const out = textOption(options, "out");
    if (out === undefined) throw new CommandFailed("plugin record [DIR] --out FILE");
    const { checkoutOf } = await import("../dev/project.ts");
    const { runRecord } = await import("../dev/run-record.ts");
    return runRecord({
      root: checkoutOf(entry),
      folder: words[0] ?? ".",
      out,
      withSecrets: options["with-secrets"] === true,
      socket: textOption(options, "socket"),
      listen: textOption(options, "listen"),
      say,
    });
  },
  replay: async ({ entry, options }, words) => {
    const [file, folder = "."] = words;
    if (file === undefined)
      throw new CommandFailed(
        "plugin replay FILE [DIR] [--server CMD|--socket PATH] [--config FILE]",
      );
    const { checkoutOf } = await import("../dev/project.ts");
    const { runReplay } = await import("../dev/run-replay.ts");
    return runReplay({
      root: checkoutOf(entry),
      file,
      folder,
      config: textOption(options, "config"),
      server: textOption(options, "server"),
      socket: textOption(options, "socket"),
      isJson: options.json === true,
      say,
      print,
    });
  },
};

/** `dragoman plugin new|test|dev|record|replay`. Results on stdout, progress on stderr. */
export const command: Command = {
  usage: "plugin",
  verbs: Object.keys(VERBS),
  options: [
    { name: "lang", short: "l", type: "text" },
    { name: "json", type: "flag" },
    { name: "out", short: "o", type: "text" },
    { name: "server", short: "s", type: "text" },
    { name: "socket", type: "text" },
    { name: "listen", type: "text" },
    { name: "upstream", type: "text" },
    { name: "config", type: "text" },
    { name: "with-secrets", type: "flag" },
  ],
  run: (context) => VERBS[context.words[0] ?? ""]?.(context, context.words.slice(1)),
};
