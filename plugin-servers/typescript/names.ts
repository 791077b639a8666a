/** Names of PDK functions: kong-pdk's plugins write them in camel case or as they go over the wire. */

/** "getHeader" to "get_header", "getTls1VersionStr" to "get_tls1_version_str"; wire names stay as they are. */
export function wireName(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

/** Methods that a class of the SDK has for plugins. */
export function methodsOf(prototype: object): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { value }]) => name !== "constructor" && typeof value === "function")
    .map(([name]) => name);
}
