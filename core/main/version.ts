/** Who we are on the wire. */

/** Version of this gateway. */
export const VERSION = "0.1.0";
/** In Server and Via. */
export const SERVER_TOKEN = `dragoman/${VERSION}`;
/** The version of Kong whose behaviour clients such as decK and plugins may count on. */
export const KONG_VERSION = "3.9.1";
