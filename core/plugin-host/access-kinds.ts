/**
 * What the functions of the PDK read and write, in the words of core/config/plugin-access.ts.
 *
 * A function that is not here is free: it tells nothing of the request's content, or changes nothing of it. One that tells
 * more than one kind of thing (log.serialize) needs all of its words.
 */
export interface AccessKind {
  readonly isWrite: boolean;
  readonly words: readonly string[];
  /** What names of headers it is about: its first argument, all that it gives or takes, or none. */
  readonly names: "first" | "all" | "none";
  /** Makes of a forbidden result what is left of it; absent: nothing is. */
  readonly rest?: (result: unknown) => unknown;
}

const KINDS = new Map<string, AccessKind>();

function add(
  isWrite: boolean,
  words: string,
  names: AccessKind["names"],
  functions: string,
  rest?: AccessKind["rest"],
): void {
  const kind = { isWrite, words: words.split(" "), names, ...(rest !== undefined && { rest }) };
  for (const name of functions.split(" ")) KINDS.set(`kong.${name}`, kind);
}

const withoutQuery = (target: unknown): unknown =>
  typeof target === "string" ? target.split("?", 1)[0] : target;

add(false, "headers", "first", "request.get_header");
add(false, "headers", "all", "request.get_headers");
add(false, "query", "none", "request.get_query_arg");
add(false, "query", "none", "request.get_raw_query", () => "");
add(false, "query", "none", "request.get_query", () => ({}));
add(false, "query", "none", "request.get_path_with_query", withoutQuery);
add(false, "body", "none", "request.get_raw_body request.get_body");
add(false, "consumer", "none", "client.get_consumer client.load_consumer");
// a certificate is what its client is known by
add(
  false,
  "credential",
  "none",
  "client.get_credential client.tls.get_full_client_certificate_chain",
);
// whoever may ask a vault reads what other plugins' configs refer to
add(false, "vault", "none", "vault.get vault.update vault.try");
add(false, "response_headers", "first", "response.get_header service.response.get_header");
add(false, "response_headers", "all", "response.get_headers service.response.get_headers");
add(
  false,
  "response_body",
  "none",
  "response.get_raw_body response.get_chunk service.response.get_raw_body service.response.get_body",
);
// each of these shows several kinds of things at once
add(false, "credential consumer", "none", "nginx.get_ctx ctx.core");
add(false, "headers query body credential consumer", "none", "nginx.get_var");
add(false, "headers query response_headers consumer credential", "none", "log.serialize");

add(
  true,
  "headers",
  "first",
  "service.request.set_header service.request.add_header service.request.clear_header",
);
add(true, "headers", "all", "service.request.set_headers");
add(true, "method", "none", "service.request.set_method");
add(true, "path", "none", "service.request.set_path");
add(
  true,
  "query",
  "none",
  "service.request.set_raw_query service.request.set_query service.request.clear_query_arg",
);
add(true, "body", "none", "service.request.set_raw_body service.request.set_body");
add(
  true,
  "upstream",
  "none",
  "service.set_upstream service.set_target service.set_target_retry_callback service.set_retries " +
    "service.set_timeouts service.set_tls_cert_key service.set_tls_verify service.set_tls_verify_depth " +
    "service.set_tls_verify_store service.request.set_scheme service.request.enable_tls",
);
add(true, "consumer", "none", "client.authenticate nginx.set_ctx");
add(true, "status", "none", "response.set_status");
add(
  true,
  "response_headers",
  "first",
  "response.set_header response.add_header response.clear_header",
);
add(true, "response_headers", "all", "response.set_headers");
add(true, "response_body", "none", "response.set_raw_body response.set_chunk");
add(true, "exit", "none", "response.exit response.error");

/** null = free. */
export function kindOf(wireName: string): AccessKind | null {
  return KINDS.get(wireName) ?? null;
}
