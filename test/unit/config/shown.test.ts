/** What is shown of settings, and said about them: no secret of a command, and where the Admin API is exposed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadSettings } from "../../../core/config/load.ts";
import { maskedCommand } from "../../../core/config/masked-command.ts";
import { shownValues } from "../../../core/config/view.ts";
import { warnOfExposure } from "../../../core/main/exposure.ts";
import { recordingLog } from "../../helpers/make-node.ts";

describe("maskedCommand", () => {
  const commands: readonly [string, string][] = [
    ["/usr/local/bin/server --socket /run/x.sock", "/usr/local/bin/server --socket /run/x.sock"],
    ["API_KEY=abc env DB_PASSWORD='a b' server", "API_KEY=****** env DB_PASSWORD=****** server"],
    ["server --token abc --password=x -v", "server --token ****** --password=****** -v"],
    ["server --token --verbose", "server --token --verbose"],
    [
      "server redis://me:pw@host/0 http://host:80/@x",
      "server redis://me:******@host/0 http://host:80/@x",
    ],
    [
      "java -Dclient.secret=s3 -jar keys.jar monkey",
      "java -Dclient.secret=****** -jar keys.jar monkey",
    ],
  ];
  for (const [command, shown] of commands) {
    it(command, () => assert.equal(maskedCommand(command), shown));
  }

  it("is what the Admin API shows of commands", () => {
    const { settings } = loadSettings({
      env: {
        KONG_PLUGINSERVER_NAMES: "x",
        KONG_PLUGINSERVER_X_START_CMD: "API_KEY=hush server",
        KONG_PLUGINSERVER_X_QUERY_CMD: "server --token hush",
        KONG_DECLARATIVE_CONFIG_STRING: "hush",
      },
    });
    const shown = shownValues(settings);
    assert.equal(shown.pluginserver_x_start_cmd, "API_KEY=****** server");
    assert.ok(!JSON.stringify(shown).includes("hush"));
  });
});

describe("addresses of APIs", () => {
  const warnings = (listen: string): unknown[] => {
    const { log, records } = recordingLog();
    warnOfExposure(loadSettings({ env: { KONG_ADMIN_LISTEN: listen } }).settings, log);
    return records;
  };

  it("are the machine's own by default", () => {
    const { settings } = loadSettings({ env: {} });
    assert.ok(settings.admin_listeners.every(({ ip }) => ip === "127.0.0.1"));
    assert.ok(settings.status_listeners.every(({ ip }) => ip === "127.0.0.1"));
  });

  it("are warned of where others can reach the Admin API", () => {
    for (const own of ["off", "127.0.0.1:1, [::1]:1", "localhost:1", "unix:/run/x.sock"]) {
      assert.deepEqual(warnings(own), [], own);
    }
    for (const open of ["0.0.0.0:1", "127.0.0.1:1, [::]:1", "gateway.internal:1"]) {
      assert.equal(warnings(open).length, 1, open);
    }
  });

  it("have no path that a socket cannot have", () => {
    const path = `/run/${"x".repeat(102)}`;
    assert.equal(warnings(`unix:${path}`).length, 0);
    assert.throws(
      () => loadSettings({ env: { KONG_ADMIN_LISTEN: `unix:${path}x` } }),
      /admin_listen has a path longer than 107 bytes/,
    );
  });
});
