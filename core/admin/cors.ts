/**
 * Which origin may read the answers: the GUI's where `admin_gui_url` names one, else any.
 *
 * As in Kong the header is there on every answer, whatever the request's Origin: of the GUI's origins the one that matches,
 * or the first. Where none is named, whoever asks is named, because browsers do not send credentials to "*", and a GUI
 * that is served from elsewhere sends them. So a gateway whose administrators open strange pages in the same browser
 * wants `admin_gui_url`.
 *
 * @see Kong kong/api/api_helpers.lua, cors_filter
 */

/** Origins of the GUI's URLs: scheme, host and port, without path. What is no URL is left out. */
export function originsOf(urls: readonly string[]): string[] {
  const origins: string[] = [];
  for (const url of urls) {
    try {
      origins.push(new URL(url).origin);
    } catch {
      // The settings were checked when the gateway started; a text that is no URL has no origin to allow.
    }
  }
  return origins;
}

/** Value of Access-Control-Allow-Origin. */
export function allowedOrigin(origins: readonly string[], origin: string | undefined): string {
  if (origin !== undefined && origins.includes(origin)) return origin;
  return origins[0] ?? origin ?? "*";
}
