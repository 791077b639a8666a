/**
 * The checks that a field names with `check`: what Kong's typedefs and the core entities check in code.
 *
 * Data cannot hold functions, so the schemas of the core name them; a plugin's schema may use `custom_validator` instead.
 */
import type { FieldError } from "../definition.ts";
import {
  hostError,
  hostsElementError,
  hostWithOptionalPortError,
  sniError,
  wildcardHostError,
} from "./host.ts";
import { cidrV4Error, ipError, ipOrCidrError } from "./ip.ts";
import { cookieNameError, headerNameError, nameError, tagError, utf8NameError } from "./names.ts";
import { pathError, routerPathError } from "./path.ts";
import { certificateError, keyError, pemError } from "./pem.ts";
import { targetError, upstreamNameError } from "./upstream.ts";
import { redirectUriError, urlError } from "./url.ts";

type Check = (value: never) => FieldError | undefined;

const CHECKS: Readonly<Record<string, Check>> = {
  host: hostError,
  host_with_optional_port: hostWithOptionalPortError,
  hosts_element: hostsElementError,
  wildcard_host: wildcardHostError,
  sni: sniError,
  ip: ipError,
  ip_or_cidr: ipOrCidrError,
  cidr_v4: cidrV4Error,
  path: pathError,
  router_path: routerPathError,
  url: urlError,
  redirect_uri: redirectUriError,
  name: nameError,
  utf8_name: utf8NameError,
  tag: tagError,
  header_name: headerNameError,
  cookie_name: cookieNameError,
  certificate: certificateError,
  key: keyError,
  pem: pemError,
  upstream_name: upstreamNameError,
  target: targetError,
};

/** @throws {SyntaxError} if there is no check of that name */
export function namedCheck(name: string): (value: unknown) => FieldError | undefined {
  const check = CHECKS[name];
  if (check === undefined) throw new SyntaxError(`there is no check named ${name}`);
  return check as (value: unknown) => FieldError | undefined;
}
