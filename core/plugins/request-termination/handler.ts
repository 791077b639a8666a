/**
 * request-termination: answer every request (or those with a trigger) with a fixed status, message or body.
 *
 * It runs last in access, so everything that authenticates, limits or changes has had its turn. With `echo` the answer
 * tells what the gateway made of the request, which helps to find out why a Route matches.
 */
import type { Kong } from "../../pdk/kong.ts";
import type { PluginConfig, PluginHandler } from "../../runloop/handler.ts";
import { compiledOnce } from "../compiled.ts";
import { BUNDLED_VERSION } from "../version.ts";

/** Messages for a status without a message of its own; other statuses have the gateway's error page or no body. */
const DEFAULT_MESSAGES: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  404: "Not found",
  405: "Method not allowed",
  500: "An unexpected error occurred",
  502: "Bad Gateway",
  503: "Service unavailable",
};

interface Compiled {
  readonly status: number;
  /** A text, an object for JSON, or undefined for the page of the status. */
  readonly body: string | { readonly message: string } | undefined;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly message: string | undefined;
  readonly isEchoed: boolean;
  readonly trigger: string | null;
}

const compiled = compiledOnce((config: PluginConfig): Compiled => {
  const status = Number(config.status_code ?? 503);
  const message = (config.message as string | null) ?? DEFAULT_MESSAGES[status];
  const fixedBody = config.body as string | null | undefined;
  const type = config.content_type as string | null | undefined;
  return {
    status,
    body: fixedBody ?? (message === undefined ? undefined : { message }),
    headers: type === null || type === undefined ? null : { "Content-Type": type },
    message,
    isEchoed: config.echo === true,
    trigger: (config.trigger as string | null) ?? null,
  };
});

/** What the gateway made of the request. */
function echoOf(
  kong: Kong,
  message: string | undefined,
  rawBody: Buffer | null,
  body: unknown,
): object {
  const { named, unnamed } = kong.request.getUriCaptures();
  return {
    message,
    kong: {
      node_id: kong.node.getId(),
      worker_pid: process.pid,
      hostname: kong.node.getHostname(),
    },
    request: {
      scheme: kong.request.getScheme(),
      host: kong.request.getHost(),
      port: kong.request.getPort(),
      headers: kong.request.getHeaders(),
      query: kong.request.getQuery(),
      body: body ?? undefined,
      raw_body: rawBody?.toString("utf8"),
      method: kong.request.getMethod(),
      path: kong.request.getPath(),
      uri_captures: { named, unnamed: unnamed.slice(1) },
    },
    matched_route: kong.router.getRoute() ?? undefined,
    matched_service: kong.router.getService() ?? undefined,
  };
}

/** Echo needs the body, which may still be on its way. */
async function exitWithEcho(kong: Kong, { status, message, headers }: Compiled): Promise<void> {
  const rawBody = await kong.request.getRawBody();
  const body = await kong.request.getBody();
  kong.response.exit(status, echoOf(kong, message, rawBody, body), headers);
}

/** As in Kong. Only with `echo` it may wait. */
export const handler: PluginHandler = {
  name: "request-termination",
  priority: 2,
  version: BUNDLED_VERSION,

  access(config, kong) {
    const answer = compiled(config);
    const { trigger } = answer;
    if (trigger !== null) {
      const isTriggered =
        kong.request.getHeader(trigger) !== null || kong.request.getQueryArg(trigger) !== null;
      if (!isTriggered) return;
    }
    if (answer.isEchoed) return exitWithEcho(kong, answer);
    kong.response.exit(answer.status, answer.body, answer.headers);
  },
};
