/** How each verb is used; printed on stderr for `--help` and after a verb that does not exist. */

const COMMON = ` --v              verbose
 --vv             debug
`;
const CONF = " -c,--conf        (optional text)   file of settings\n";
const PREFIX =
  " -p,--prefix      (optional text)   folder of the gateway: pid file, logs, certificates\n";
const IGNORED = ` --nginx-conf     (optional text)   accepted, without effect
 --nginx-conf-flags (optional text) accepted, without effect
`;
const DATABASE = ` --db-timeout     (default 60)      seconds to wait for a database
 --lock-timeout   (default 60)      seconds to wait for another node's migrations
`;

function usage(line: string, about: string, options: string): string {
  return `Usage: dragoman ${line}\n\n${about}\n\nOptions:\n${options}${COMMON}`;
}

const START = `${CONF}${PREFIX} --run-migrations (flag)            run the migrations of a database first
${DATABASE}${IGNORED}`;

const USAGES: Readonly<Record<string, string>> = {
  general: `Usage: dragoman COMMAND [OPTIONS]

The available commands are:
 check       look over a file of settings
 config      declarative files: init, parse, db_import, db_export
 drain       make the readiness check fail, before a stop
 health      tell whether the gateway runs
 hybrid      certificates for hybrid mode
 migrations  bring a database up to date
 plugin      tools for plugin authors: new, test, dev, record, replay
 plugin-server  show plugin servers, give them new code
 prepare     make a prefix ready
 quit        stop after the requests on their way
 reload      give a running gateway new settings
 restart     stop and start
 run         start in the foreground
 start       start
 stop        stop at once
 vault       look up a reference
 version     print versions

Options:
${COMMON}`,
  start: usage("start [OPTIONS]", "Starts the gateway and returns when it answers.", START),
  run: usage(
    "run [OPTIONS]",
    "Starts the gateway in the foreground, logging to the terminal.",
    START,
  ),
  restart: usage("restart [OPTIONS]", "Stops the gateway, if it runs, and starts it.", START),
  stop: usage("stop [OPTIONS]", "Stops the gateway at once (SIGTERM).", PREFIX),
  quit: usage(
    "quit [OPTIONS]",
    "Stops the gateway when its requests are done (SIGQUIT), at the latest after the timeout.",
    `${PREFIX} -t,--timeout     (default 10)      seconds until it is stopped anyway
 -w,--wait        (default 0)       seconds to wait before
`,
  ),
  reload: usage(
    "reload [OPTIONS]",
    "Gives a running gateway new settings and its declarative file anew (SIGHUP).",
    `${CONF}${PREFIX}${IGNORED}`,
  ),
  health: usage("health [OPTIONS]", "Tells whether the gateway runs.", PREFIX),
  check: usage(
    "check <conf>",
    "Tells whether a gateway can start with the settings of a file (default: /etc/kong/kong.conf).",
    "",
  ),
  prepare: usage(
    "prepare [OPTIONS]",
    "Makes a prefix ready: folders, certificates, running settings.",
    `${CONF}${PREFIX}${IGNORED}`,
  ),
  plugin: usage(
    "plugin COMMAND [OPTIONS]",
    `Tools for plugin authors:
 new NAME [dir]     make a plugin that works, with a test (--lang)
 test [dir]         run its tests, with what they need
 dev [dir]          a gateway with the plugin; shows what each request did, reloads what changes
 record [dir]       keep what passes between a dev gateway and the plugin (--out)
 replay <file> [dir] send that to the plugin again; exit code 1 where its answers differ`,
    ` -l,--lang        (text)            go, python, typescript, rust or java
 --json           (flag)            dev, replay: a JSON object a line
 --upstream       (optional text)   dev: URL of a Service, in the place of the one that echoes
 -o,--out         (text)            record: the file to write
 --with-secrets   (flag)            record: do not mask credentials and secrets of plugin configs
 --config         (optional text)   replay: JSON file of configs by plugin, merged over those that were recorded
 -s,--server      (optional text)   replay: command of the plugin server (default: the plugin here)
 --socket         (optional text)   socket of a plugin server: replay against it, record what is said to it
 --listen         (optional text)   record: where a gateway finds that server for as long
`,
  ),
  migrations: usage(
    "migrations COMMAND [OPTIONS]",
    "Brings a database up to date: bootstrap, up, finish, list, status, reset.",
    ` -y,--yes         (flag)            reset without a question
 -q,--quiet       (flag)            say little
 -f,--force       (flag)            bootstrap a database that is in use
${DATABASE}${CONF}${PREFIX}`,
  ),
  config: usage(
    "config COMMAND [OPTIONS]",
    `Declarative files:
 init [file]        write an example (default: kong.yml)
 parse <file>       tell whether it is right
 db_import <file>   put it into the database
 db_export [file]   write what is in the database`,
    `${CONF}${PREFIX}`,
  ),
  hybrid: usage(
    "hybrid COMMAND [OPTIONS]",
    "gen_cert [<cert> <key>]: makes the pair that the nodes of a cluster share.",
    " -d,--days        (default 1095)    how long it is valid\n",
  ),
  vault: usage(
    "vault COMMAND [OPTIONS]",
    "get <reference>: prints what a reference stands for.",
    `${CONF}${PREFIX}`,
  ),
  "plugin-server": usage(
    "plugin-server COMMAND [NAME] [OPTIONS]",
    `Plugin servers of a running gateway:
 list               how they are
 reload <name>      start new code beside the old, check it, switch to it
 restart <name>     replace the processes, one after the other
 promote <name>     take the code that a canary tries
 rollback <name>    do not`,
    `${PREFIX} --canary         (optional text)   percent of the requests that try the new code first
 --decide-after   (optional text)   seconds after which a canary is decided by its failures
`,
  ),
  drain: usage("drain [OPTIONS]", "Makes /status/ready answer 503.", `${CONF}${PREFIX}`),
  version: usage(
    "version [OPTIONS]",
    "Prints the version.",
    " -a,--all         (flag)            of everything\n",
  ),
  roar: usage("roar", "Roars.", ""),
};

/** @param name a verb, or "general" */
export function usageOf(name: string): string {
  return USAGES[name] ?? USAGES.general!;
}
