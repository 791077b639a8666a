/**
 * Toolchains that a machine may lack. A test that needs one is skipped with the reason; where CI is set it runs, and fails.
 */
import { ensureGo } from "../../scripts/ensure-go.mjs";
import { ensureJava } from "../../scripts/ensure-java.mjs";
import { ensurePython } from "../../scripts/ensure-python.mjs";
import { ensurePythonSdk } from "../../scripts/ensure-python-sdk.mjs";
import { ensureRust } from "../../scripts/ensure-rust.mjs";
import { isCi } from "../../scripts/steps.mjs";

const NOT_THERE = 2;

/** Builds the Go plugins. @returns value for `skip`: false where they are there, else the reason */
export async function needsGo(): Promise<string | false> {
  return (await ensureGo()) === NOT_THERE && !isCi && "no Go on this machine";
}

/** Installs the Python SDK. @returns value for `skip`: false where it is there, else the reason */
export async function needsPython(): Promise<string | false> {
  return (await ensurePython()) === NOT_THERE && !isCi && "no Python on this machine";
}

/** Installs our own SDK for Python. @returns value for `skip`: false where it is there, else the reason */
export async function needsPythonSdk(): Promise<string | false> {
  return (await ensurePythonSdk()) === NOT_THERE && !isCi && "no Python on this machine";
}

/** Builds the Rust plugins. @returns value for `skip`: false where they are there, else the reason */
export async function needsRust(): Promise<string | false> {
  return (await ensureRust()) === NOT_THERE && !isCi && "no Rust on this machine";
}

/** Builds the Java plugins. @returns value for `skip`: false where they are there, else the reason */
export async function needsJava(): Promise<string | false> {
  return (await ensureJava()) === NOT_THERE && !isCi && "no JDK with Maven on this machine";
}
