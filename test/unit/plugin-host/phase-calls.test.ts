/** What a plugin server can call in the phases where Kong keeps parts of the PDK out of its reach. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PdkError } from "../../../core/errors.ts";
import { checkPhaseCall, phaseArguments } from "../../../core/plugin-host/phase-calls.ts";
import { PHASE } from "../../../core/phases/phases.ts";

function isRefused(name: string, phase: number, ...args: unknown[]): boolean {
  try {
    checkPhaseCall(`kong.${name}`, phase, args);
    return false;
  } catch (cause) {
    assert.ok(cause instanceof PdkError);
    return true;
  }
}

describe("calls of plugin servers by phase", () => {
  // as recorded: name, refused in log, refused in certificate
  const rows: [string, boolean, boolean][] = [
    ["client.get_ip", true, true],
    ["client.get_forwarded_ip", true, true],
    ["client.get_port", true, true],
    ["client.get_forwarded_port", true, true],
    ["client.get_consumer", false, false], // by the PDK's own table it is, in certificate
    ["client.tls.disable_session_reuse", true, false],
    ["request.get_port", true, true],
    ["request.get_header", false, false],
    ["request.get_method", true, false],
    ["nginx.get_var", true, true],
    ["nginx.get_ctx", false, false],
    ["nginx.get_statistics", false, false],
    ["node.get_id", false, false],
    ["log", false, false],
    ["log.serialize", false, false],
    ["ctx.shared.set", false, false],
    ["vault.get", false, false],
    ["response.set_header", true, false],
    ["service.response.get_raw_body", false, false],
  ];
  for (const [name, inLog, inCertificate] of rows) {
    it(`${name}: ${inLog ? "not " : ""}in log, ${inCertificate ? "not " : ""}in certificate`, () => {
      assert.equal(isRefused(name, PHASE.log), inLog);
      assert.equal(isRefused(name, PHASE.certificate), inCertificate);
      assert.equal(isRefused(name, PHASE.access), false);
    });
  }

  it("the variables of a handshake are there in certificate, and no others", () => {
    for (const name of ["ssl_server_name", "ssl_protocol", "remote_addr", "realip_remote_port"]) {
      assert.equal(isRefused("nginx.get_var", PHASE.certificate, name), false);
      assert.equal(isRefused("nginx.get_var", PHASE.log, name), true);
    }
    for (const name of ["host", "request_method", undefined]) {
      assert.equal(isRefused("nginx.get_var", PHASE.certificate, name), true);
    }
  });

  it("a maximum counts everywhere but in log", () => {
    const name = "kong.request.get_headers";
    assert.deepEqual(phaseArguments(name, PHASE.log, [1]), []);
    assert.deepEqual(phaseArguments(name, PHASE.access, [1]), [1]);
    assert.deepEqual(phaseArguments("kong.service.response.get_headers", PHASE.log, [1]), [1]);
  });
});
