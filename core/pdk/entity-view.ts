/**
 * Entities as Kong's plugins see them: fields that are nil are absent, and Routes and Services name their workspace.
 *
 * Made once for each row of a snapshot; rows never change.
 */
export type EntityView = Readonly<Record<string, unknown>> & { readonly id: string };

/** The one workspace, as Kong names it. */
export const WORKSPACE_ID = "0dc6f45b-8f8d-40d2-a504-473544ee190b";
/** Name of the one workspace, as log entries tell it. */
export const WORKSPACE_NAME = "default";

const plainViews = new WeakMap<object, EntityView>();
const workspaceViews = new WeakMap<object, EntityView>();

function viewOf(row: object, more: object | null): EntityView {
  const pairs = Object.entries(row).filter(([, value]) => value !== null && value !== undefined);
  return Object.freeze({ ...Object.fromEntries(pairs), ...more }) as EntityView;
}

function cached(views: WeakMap<object, EntityView>, row: object, more: object | null): EntityView {
  const had = views.get(row);
  if (had !== undefined) return had;
  const view = viewOf(row, more);
  views.set(row, view);
  return view;
}

/** A row without its nil fields. */
export function withoutNil(row: object): EntityView {
  return cached(plainViews, row, null);
}

const WORKSPACE = { ws_id: WORKSPACE_ID };

/** A Route or Service without its nil fields, with `ws_id`. */
export function inWorkspace(row: object): EntityView {
  return cached(workspaceViews, row, WORKSPACE);
}
