/** Every setting with a name of its own, in one table; the files in table/ group them by what they are about. */
import type { Setting, SettingValue } from "./setting.ts";
import { CLUSTER } from "./table/cluster.ts";
import { DATASTORE } from "./table/datastore.ts";
import { DIRECTIVES } from "./table/directives.ts";
import { DNS } from "./table/dns.ts";
import { LIMITS } from "./table/limits.ts";
import { LISTENERS } from "./table/listeners.ts";
import { NODE } from "./table/node.ts";
import { PLUGINS } from "./table/plugins.ts";
import { TLS } from "./table/tls.ts";
import { TRAFFIC } from "./table/traffic.ts";

/** In the order in which they are checked, so that the first error is about what matters most. */
export const SETTINGS = {
  ...NODE,
  ...DATASTORE,
  ...LISTENERS,
  ...TRAFFIC,
  ...TLS,
  ...DIRECTIVES,
  ...DNS,
  ...PLUGINS,
  ...CLUSTER,
  ...LIMITS,
} as const;

/** Every name of the tables, aliases among them. */
export type SettingName = keyof typeof SETTINGS;

/** The same for lookups by any text. */
export const SETTINGS_BY_NAME: ReadonlyMap<string, Setting<SettingValue>> = new Map(
  Object.entries(SETTINGS),
);

/** Values by name, typed by the table. */
export type SettingValues = {
  readonly [K in SettingName]: (typeof SETTINGS)[K]["default"];
};
