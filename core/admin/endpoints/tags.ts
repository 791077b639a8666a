/** `/tags`: which entities have which tags. Written only through the entities. */
import type { Row } from "../../store/snapshot.ts";
import type { Answer } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { EntityDeps } from "../deps.ts";
import type { Endpoint } from "../endpoint-table.ts";
import { invalidUnique, schemaViolation } from "../kong-error.ts";
import { pageOfTags } from "./paging.ts";

interface TagRow {
  readonly tag: string;
  readonly entity_name: string;
  readonly entity_id: string;
}

function* tagsOfRow(entity: string, row: Row): Generator<TagRow> {
  for (const tag of row.tags ?? []) yield { tag, entity_name: entity, entity_id: row.id };
}

/** All of them, or those of one tag; in order of entity and declaration. */
function tagRows(deps: EntityDeps, wanted?: string): TagRow[] {
  const rows: TagRow[] = [];
  for (const entity of deps.model.schemas.keys()) {
    for (const row of deps.store.all(entity)) {
      for (const tag of tagsOfRow(entity, row))
        if (wanted === undefined || tag.tag === wanted) rows.push(tag);
    }
  }
  return rows;
}

function ofOneTag(deps: EntityDeps, request: ApiRequest): Answer {
  const tag = request.params.tags!;
  const position = request.badUtf8.tags;
  if (position !== undefined) {
    return invalidUnique(
      "tag",
      `invalid utf-8 character sequence detected at position ${position}`,
    );
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a tag has none
  if (/[\u0000-\u001f\u007f,/]/.test(tag)) {
    const expected = "expected printable ascii (except `,` and `/`) or valid utf-8 sequences";
    return invalidUnique("tag", `invalid tag '${tag}': ${expected}`);
  }
  return pageOfTags(request, tagRows(deps, tag));
}

const NOT_WRITTEN = "does not support insert/upsert/update/delete operations";

/** Every request looks at all rows: tags have no index. */
export function tagEndpoints(deps: EntityDeps): Endpoint[] {
  const refused = (): Answer =>
    schemaViolation(`schema violation (tags: ${NOT_WRITTEN})`, { tags: NOT_WRITTEN });
  return [
    {
      path: "/tags",
      arguments: true,
      methods: { GET: (request) => pageOfTags(request, tagRows(deps)), POST: refused },
    },
    {
      path: "/tags/{tags}",
      arguments: true,
      methods: {
        GET: (request) => ofOneTag(deps, request),
        PUT: refused,
        PATCH: refused,
        DELETE: refused,
      },
    },
  ];
}
