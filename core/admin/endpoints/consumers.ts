/** `/consumers?custom_id=...` searches; without it the collection is like any other. */
import { json, message } from "../answer.ts";
import type { EntityDeps } from "../deps.ts";
import type { Endpoint } from "../endpoint-table.ts";
import { pageAnswer } from "./entity-page.ts";
import { refuseWrite } from "./entity-write.ts";

const BAD_CUSTOM_ID = message(400, "custom_id must be an unempty string");

/** The collection alone, in place of the one that follows from the schema. */
export function consumerEndpoints(deps: EntityDeps): Endpoint[] {
  const schema = deps.model.schemas.get("consumers");
  if (schema === undefined) return [];
  return [
    {
      path: "/consumers",
      arguments: true,
      methods: {
        GET: (request) => {
          const customId = request.query.custom_id;
          if (customId === undefined) {
            return pageAnswer(deps, schema, request, undefined, (row) =>
              deps.model.shown("consumers", row),
            );
          }
          if (typeof customId !== "string" || customId === "") return BAD_CUSTOM_ID;
          const row = deps.store.byField("consumers", "custom_id", customId);
          return json(200, { data: row === undefined ? [] : [row], next: null });
        },
        POST: (request) => refuseWrite(deps, schema, request, { operation: "create", named: null }),
      },
    },
  ];
}
