/** The hosts file (`dns_hostsfile`): names that are known without asking anybody. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";

/** Addresses of a name, one of a kind; "" where there is none. */
export interface HostsEntry {
  v4: string;
  v6: string;
}

/** Read a hosts file: name in lower case to its addresses. The first line that names it counts. */
export function parseHosts(text: string): Map<string, HostsEntry> {
  const entries = new Map<string, HostsEntry>();
  for (const line of text.split("\n")) {
    const [address = "", ...names] = line.replace(/#.*$/, "").trim().toLowerCase().split(/\s+/);
    const family = isIP(address);
    if (family === 0) continue;
    for (const name of names) {
      let entry = entries.get(name);
      if (entry === undefined) {
        entry = { v4: "", v6: "" };
        entries.set(name, entry);
      }
      if (family === 4) entry.v4 ||= address;
      else entry.v6 ||= address;
    }
  }
  const localhost = entries.get("localhost");
  // as in Kong: localhost is there whatever the file says
  if (localhost === undefined) entries.set("localhost", { v4: "127.0.0.1", v6: "::1" });
  return entries;
}

/** The entries of a file; only `localhost` where it cannot be read. */
export function loadHosts(path: string): Map<string, HostsEntry> {
  try {
    return parseHosts(readFileSync(path, "utf8"));
  } catch {
    return parseHosts("");
  }
}
