/** Versions: of Kong, whose behaviour, APIs and configuration this gateway has, and of the gateway itself. */

/** What clients that ask for Kong's version are told. */
export const KONG_VERSION = "3.9.1";
/** As in package.json; a test keeps them equal. */
export const GATEWAY_VERSION = "0.1.0";
