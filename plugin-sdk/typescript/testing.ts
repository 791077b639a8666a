/// <reference types="node" preserve="true" />
/** The test harness of the TypeScript SDK: a plugin, requests, what comes of them; no gateway, no socket. */
// biome-ignore-all lint/performance/noBarrelFile: a public entry
export type { Answer } from "./testing/answers.ts";
export type { LogLine, ServiceResponse, TestRequest } from "./testing/exchange.ts";
export { Harness, PhaseFailed, type TestService, testPlugin } from "./testing/harness.ts";
export type { TestResult, UpstreamRequest } from "./testing/result.ts";
