/**
 * key-auth: who sends a known API key is the Consumer to whom it belongs.
 *
 * Nothing waits unless a key may stand in the body. With `anonymous` a request that brings no good key goes on as that
 * Consumer, and one that another plugin has authenticated is left alone; so several plugins of this kind mean "one of
 * them", and without it "all of them".
 */
import type { Consumer } from "../../entities/consumer.ts";
import type { KeyauthCredential } from "../../entities/credentials.ts";
import type { Exchange } from "../../exchange/exchange.ts";
import { exchangeOf, type Kong } from "../../pdk/kong.ts";
import type { PluginConfig, PluginHandler } from "../../runloop/handler.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import { compiledOnce } from "../compiled.ts";
import { setConsumer } from "../consumer-headers.ts";
import { BUNDLED_VERSION } from "../version.ts";
import { type BodyFields, DUPLICATE, findKey, type KeyPlaces } from "./find-key.ts";
import { hideInBody, hideInHeaders, hideInQuery } from "./hide-key.ts";

interface Compiled extends KeyPlaces {
  readonly isHidden: boolean;
  /** Id or username; null: a request without a good key is refused. */
  readonly anonymous: string | null;
  readonly runsOnPreflight: boolean;
  readonly challenge: string;
}

const compiled = compiledOnce((config: PluginConfig): Compiled => {
  const { realm, anonymous } = config;
  return {
    names: (config.key_names as readonly string[] | null) ?? [],
    inHeader: config.key_in_header === true,
    inQuery: config.key_in_query === true,
    inBody: config.key_in_body === true,
    isHidden: config.hide_credentials === true,
    anonymous: typeof anonymous === "string" ? anonymous : null,
    runsOnPreflight: config.run_on_preflight !== false,
    challenge: typeof realm === "string" ? `Key realm="${realm}"` : "Key",
  };
});

/** Why a request is not let in. */
type Refusal = "No API key found in request" | "Duplicate API key found" | "Unauthorized";

function snapshotOf(x: Exchange): Snapshot {
  return (x.state as { readonly snapshot: Snapshot }).snapshot;
}

/** A credential with a `ttl` counts until so many seconds after it was made. */
function isExpired({ ttl, created_at }: KeyauthCredential): boolean {
  if (typeof ttl !== "number" || ttl <= 0 || created_at === undefined) return false;
  return created_at + ttl <= Date.now() / 1000;
}

/** Find the key and who it belongs to; undefined: the request is authenticated. */
function authenticate(
  x: Exchange,
  kong: Kong,
  settings: Compiled,
  body: BodyFields,
): Refusal | undefined {
  const found = findKey(x, settings, body);
  if (found === DUPLICATE) return "Duplicate API key found";
  if (found === undefined) return "No API key found in request";
  if (settings.isHidden) {
    hideInHeaders(x, found.name);
    hideInQuery(x, found.name);
    if (body !== null) hideInBody(x, kong, found.name);
  }
  if (found.key === "") return "No API key found in request";
  const snapshot = snapshotOf(x);
  const credential = snapshot.unique("keyauth_credentials", "key", found.key) as
    | (KeyauthCredential & Readonly<Record<string, unknown>>)
    | undefined;
  if (credential === undefined || isExpired(credential)) return "Unauthorized";
  const consumer = snapshot.consumers.get(credential.consumer.id);
  if (consumer === undefined) return "Unauthorized";
  setConsumer(x, consumer, credential, credential.id);
  return undefined;
}

function anonymousConsumer(x: Exchange, idOrName: string): Consumer | undefined {
  const { consumers, consumersByUsername } = snapshotOf(x);
  return consumers.get(idOrName) ?? consumersByUsername.get(idOrName);
}

function decide(x: Exchange, kong: Kong, settings: Compiled, body: BodyFields): void {
  const refusal = authenticate(x, kong, settings, body);
  if (refusal === undefined) return;
  if (settings.anonymous === null) {
    kong.response.error(401, refusal, { "WWW-Authenticate": settings.challenge });
  }
  const consumer = anonymousConsumer(x, settings.anonymous);
  if (consumer === undefined) {
    kong.log.err("anonymous consumer ", settings.anonymous, " is unknown or not configured");
    kong.response.error(500, "An unexpected error occurred");
  }
  setConsumer(x, consumer, null, null);
}

/** As in Kong. Only with `key_in_body` it may wait. */
export const handler: PluginHandler = {
  name: "key-auth",
  priority: 1250,
  version: BUNDLED_VERSION,

  access(config, kong) {
    const settings = compiled(config);
    const x = exchangeOf(kong);
    if (!settings.runsOnPreflight && x.method === "OPTIONS") return;
    if (settings.anonymous !== null && x.credential !== null) return;
    if (!settings.inBody) return decide(x, kong, settings, null);
    const body = kong.request.getBody();
    if (!(body instanceof Promise)) return decide(x, kong, settings, body);
    return body.then((fields) => decide(x, kong, settings, fields));
  },
};
