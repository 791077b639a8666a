/**
 * Documents of format 1.1 and 2.1 as documents of 3.0: paths that look like regular expressions get the mark "~", the
 * others their normal form.
 */
import { normalizePath } from "../entities/schema/checks/path.ts";
import type { Table } from "../entities/schema/definition.ts";
import { isTable } from "../entities/schema/tables.ts";

/** A path with only these is a prefix; in the old formats everything else made it a regular expression. */
const PLAIN = /^[a-zA-Z0-9._~/%-]*$/;

function migratePath(path: unknown): unknown {
  if (typeof path !== "string") return path;
  if (!PLAIN.test(path)) return `~${path}`;
  const isPath = path.startsWith("/") && !/%(?![0-9A-Fa-f]{2})/.test(path);
  return isPath ? normalizePath(path) : path;
}

function migrateRoutes(routes: unknown): unknown {
  if (!Array.isArray(routes)) return routes;
  return routes.map((route: unknown) => {
    if (!isTable(route) || !Array.isArray(route.paths)) return route;
    return { ...route, paths: route.paths.map(migratePath) };
  });
}

/** @returns a copy with format version 3.0; a document of another version is returned as it is */
export function migrateDocument(document: Table): Table {
  if (document._format_version !== "1.1" && document._format_version !== "2.1") return document;
  const out: Table = { ...document, _format_version: "3.0" };
  if (out.routes !== undefined) out.routes = migrateRoutes(out.routes);
  if (Array.isArray(out.services)) {
    out.services = out.services.map((service: unknown) =>
      isTable(service) && service.routes !== undefined
        ? { ...service, routes: migrateRoutes(service.routes) }
        : service,
    );
  }
  return out;
}
