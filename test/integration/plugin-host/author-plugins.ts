/**
 * Plugins as people write them for kong-pdk, in the ways of the SDKs' own examples: each does what one of those does, and
 * no more is known of the gateway than they know. Written here; the examples themselves are in no package registry.
 */

/** File name in the folder of plugins to its text. */
export type PluginFolder = Readonly<Record<string, string>>;

export const JAVASCRIPT: PluginFolder = {
  // a header from the configuration, calls side by side, a line of the log
  "greets.js": `class Greets {
    constructor(config) { this.config = config }
    async access(kong) {
      const host = await kong.request.getHeader("host")
      if (host === undefined) return await kong.log.err("no host")
      const words = this.config.words || "good day"
      await Promise.all([kong.response.setHeader("x-greeting", words + " " + host), kong.response.set_header("x-pid", process.pid)])
    }
    async log(kong) { await kong.log.info("seen by " + process.version) }
  }
  module.exports = { Plugin: Greets, Schema: [{ words: { type: "string" } }], Version: "0.1.0", Priority: 0 }`,
  // a status and nothing else
  "gates.js": `class Gates {
    async access(kong) {
      const who = await kong.request.getHeader("x-who")
      if (!who) return kong.response.exit(403)
      await kong.response.setHeader("x-welcome", who)
    }
  }
  module.exports = { Plugin: Gates, Version: "0.1.0", Schema: [{ words: { type: "string" } }] }`,
  // a body taken for text, before anything is written; the answer is put into another one
  "shouts.js": `class Shouts {
    async access(kong) {
      const body = await kong.request.getRawBody()
      const loud = body.replace(/(.)/g, (letter) => letter.toUpperCase())
      await Promise.all([kong.service.request.setQuery({ loud: "yes" }), kong.service.request.setRawBody(loud)])
    }
    async response(kong) {
      if (await kong.response.getSource() == "service") {
        let body = await kong.service.response.getRawBody()
        body = "It said:\\n" + body + "\\nin " + body.length + " bytes\\n"
        await kong.response.exit(await kong.response.getStatus(), body)
      }
    }
  }
  module.exports = { Plugin: Shouts, Version: "0.1.0" }`,
  // an answer with an Error in it: a table without anything
  "answers/index.js": `const ask = (source) => typeof source === "string" ? { data: source } : { errors: [new TypeError("no text")], none: [] }
  class Answers { async access(kong) { await kong.response.exit(200, ask(await kong.request.getRawBody())) } }
  module.exports = { Plugin: Answers, Name: "js-Answers", Version: "1.0.0", Schema: [] }`,
  "answers/package.json": `{ "name": "answers", "main": "index.js" }`,
  // TypeScript, with a type that is imported and a field that the constructor declares
  "typed.ts": `import type { EventEmitter } from "node:events"
  type Kong = { request: { getHeader(name: string): Promise<string | undefined> }; response: { setHeader(name: string, value: unknown): Promise<void> } }
  class Typed {
    constructor(public config: { words?: string }, private other?: EventEmitter) {}
    async access(kong: Kong) { await kong.response.setHeader("x-typed", (this.config.words ?? "none") + " " + (await kong.request.getHeader("x-who"))) }
  }
  module.exports = { Plugin: Typed, Name: "typed-name", Version: "0.1.0", Priority: 0, Schema: [{ words: { type: "string" } }] }`,
};

export const PYTHON: PluginFolder = {
  "py-greets.py": `import os
import kong_pdk.pdk.kong as kong

Schema = ({"words": {"type": "string"}},)
version = "0.1.0"
priority = 0

class Plugin(object):
    def __init__(self, config):
        self.config = config

    def access(self, kong: kong.kong):
        host, err = kong.request.get_header("host")
        if err:
            kong.log.err(err)
        words = self.config["words"] if "words" in self.config else "good day"
        kong.response.set_header("x-greeting", "%s %s" % (words, host))
        kong.response.set_header("x-pid", str(os.getpid()))

if __name__ == "__main__":
    from kong_pdk.cli import start_dedicated_server
    start_dedicated_server("py-greets", Plugin, version, priority, Schema)
`,
  // bytes as an answer, made of the request's headers
  "py-image.py": `import zlib

version = "0.1.0"
priority = 0

class Plugin(object):
    def __init__(self, config):
        self.config = config

    def access(self, kong):
        headers, _ = kong.request.get_headers()
        text = "".join("%s: %s\\n" % (h, headers[h]) for h in sorted(headers) if h.startswith("x-"))
        kong.response.exit(200, b"\\x89PNG\\x00\\xff" + zlib.compress(text.encode(), 0))
`,
  // numbers, an unknown name of a log function, bytes in the log, a body handed back within an answer
  "py-numbers.py": `Schema = [{"RATE": {"type": "number", "default": 0.5}}]
version = "0.1.0"
priority = 1000001

class Plugin:
    def __init__(self, config):
        self.rate = config["RATE"]

    def access(self, kong):
        kong.service.request.set_header("x-sum", 0.1 + self.rate / 2.5)
        kong.service.request.set_header("x-wide", 123456789012345678)
        kong.log.error("no such function")
        kong.log.notice("body ", b"x", None, 2.5, kong.router.get_service())
        body, err = kong.request.get_raw_body()
        if body:
            return kong.response.exit(200, {"got": body, "list": [], "sum": 0.1 + 0.2}, {"x-n": 5})
`,
};
