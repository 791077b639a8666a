/**
 * Says so where the Admin API can be reached from elsewhere: it asks nobody who they are, and whoever reaches it decides
 * where requests go. As in Kong it listens on the machine itself by default, and no setting is refused.
 */
import type { Settings } from "../config/settings.ts";
import type { Logger } from "../telemetry/log.ts";

const OWN = /^(?:127\.|localhost$|::1$|unix:)/i;

/** One line for all addresses; nothing is refused. */
export function warnOfExposure({ admin_listeners: listeners }: Settings, log: Logger): void {
  const addresses = listeners
    .filter(({ ip }) => !OWN.test(ip))
    .map(({ ip, port }) => `${ip}:${port}`);
  if (addresses.length === 0) return;
  log.warn(
    { addresses },
    "the Admin API listens for other machines, and asks nobody who they are (admin_listen)",
  );
}
