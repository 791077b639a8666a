/**
 * Toolchains that a machine may lack. A test that needs one is skipped with the reason; where CI is set it runs, and fails.
 */
import { ensureGo } from "../../scripts/ensure-go.mjs";
import { ensureJava } from "../../scripts/ensure-java.mjs";
import { ensurePython } from "../../scripts/ensure-python.mjs";
import { ensurePythonSdk } from "../../scripts/ensure-python-sdk.mjs";
import { ensureRuby } from "../../scripts/ensure-ruby.mjs";
import { ensureRust } from "../../scripts/ensure-rust.mjs";
import { isCi } from "../../scripts/steps.mjs";

const NOT_THERE = 2;

type Code = 0 | 1 | 2;

/**
 * What the run of all tests found when it made a toolchain; else it is made now.
 *
 * @param name as in scripts/testing/toolchains.mjs
 */
export async function ensured(name: string, ensure: () => Promise<Code>): Promise<Code> {
  const known = JSON.parse(process.env.TEST_TOOLCHAINS ?? "{}") as Record<string, Code>;
  return known[name] ?? (await ensure());
}

/** Builds the Go plugins. @returns value for `skip`: false where they are there, else the reason */
export async function needsGo(): Promise<string | false> {
  return (await ensured("go", ensureGo)) === NOT_THERE && !isCi && "no Go on this machine";
}

/** Installs the Python SDK. @returns value for `skip`: false where it is there, else the reason */
export async function needsPython(): Promise<string | false> {
  return (
    (await ensured("python", ensurePython)) === NOT_THERE && !isCi && "no Python on this machine"
  );
}

/** Installs our own SDK for Python. @returns value for `skip`: false where it is there, else the reason */
export async function needsPythonSdk(): Promise<string | false> {
  return (
    (await ensured("python-sdk", ensurePythonSdk)) === NOT_THERE &&
    !isCi &&
    "no Python on this machine"
  );
}

/** Builds the Rust plugins. @returns value for `skip`: false where they are there, else the reason */
export async function needsRust(): Promise<string | false> {
  return (await ensured("rust", ensureRust)) === NOT_THERE && !isCi && "no Rust on this machine";
}

/** Builds the Java plugins. @returns value for `skip`: false where they are there, else the reason */
export async function needsJava(): Promise<string | false> {
  return (
    (await ensured("java", ensureJava)) === NOT_THERE &&
    !isCi &&
    "no JDK with Maven on this machine"
  );
}

/**
 * Installs Ruby with gRPC where that is possible. @returns value for `skip`: false where it is there, else the reason.
 * Also where CI is set: the project's script installs it if it may, and a machine without Debian's packages has no other way.
 */
export async function needsRuby(): Promise<string | false> {
  return (await ensured("ruby", ensureRuby)) === NOT_THERE && "no Ruby with gRPC on this machine";
}
