/**
 * Entities as Kong's plugins see them: fields that are nil are absent, and Routes and Services name their workspace.
 *
 * Made once for each row of a snapshot; rows never change.
 */
export type EntityView = Readonly<Record<string, unknown>> & { readonly id: string };

/** The one workspace, as Kong names it. */
export const WORKSPACE_ID = "0dc6f45b-8f8d-40d2-a504-473544ee190b";
export const WORKSPACE_NAME = "default";

const plainViews = new WeakMap<object, EntityView>();
const workspaceViews = new WeakMap<object, EntityView>();

function viewOf(row: object, more: object | null): EntityView {
  const pairs = Object.entries(row).filter(([, value]) => value !== null && value !== undefined);
  return Object.freeze({ ...Object.fromEntries(pairs), ...more }) as EntityView;
}

/** A row without its nil fields. */
export function withoutNil(row: object): EntityView {
  let view = plainViews.get(row);
  if (view === undefined) plainViews.set(row, (view = viewOf(row, null)));
  return view;
}

/** A Route or Service without its nil fields, with `ws_id`. */
export function inWorkspace(row: object): EntityView {
  let view = workspaceViews.get(row);
  if (view === undefined) {
    workspaceViews.set(row, (view = viewOf(row, { ws_id: WORKSPACE_ID })));
  }
  return view;
}
