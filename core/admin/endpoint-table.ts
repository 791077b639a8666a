/**
 * The endpoints of an API and how a path finds one.
 *
 * A path is cut at its slashes; a literal segment goes before a `{parameter}`, and where the literal way ends nowhere
 * the other one is tried. One slash more at the end makes no difference, as in Kong. Segments are compared before they
 * are decoded, so a name with an encoded slash stays one segment.
 */
import type { Answer } from "./answer.ts";
import type { ApiRequest } from "./api-request.ts";

const API_METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"] as const;
/** Methods that an endpoint can have a handler for; HEAD and OPTIONS follow from them. */
export type ApiMethod = (typeof API_METHODS)[number];
/** Answers a request. What it throws, or rejects with, is a 500 and a line in the log. */
export type Handler = (request: ApiRequest) => Answer | Promise<Answer>;

/** A path of an API with what answers there. */
export interface Endpoint {
  /** With `{name}` segments, as `/endpoints` lists it. */
  readonly path: string;
  /** HEAD comes with GET, OPTIONS with all. */
  readonly methods: Readonly<Partial<Record<ApiMethod, Handler>>>;
  /** Asked first, for every method and for OPTIONS too; an answer ends the request. */
  readonly before?: (request: ApiRequest) => Answer | null;
  /** Whether YAML bodies are taken. */
  readonly yaml?: boolean;
  /** Not listed by `/endpoints`. */
  readonly hidden?: boolean;
  /** The arguments are looked at, so that too many of them are an error. */
  readonly arguments?: boolean;
}

/** What a path found. */
export interface Match {
  readonly endpoint: Endpoint;
  /** Names of the endpoint's parameters, and the segments that they stand for, not decoded. */
  readonly names: readonly string[];
  readonly segments: readonly string[];
}

interface Node {
  readonly literals: Map<string, Node>;
  parameter: Node | null;
  endpoint: Endpoint | null;
  names: readonly string[];
}

function newNode(): Node {
  return { literals: new Map(), parameter: null, endpoint: null, names: [] };
}

function segmentsOf(path: string): string[] {
  const trimmed = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  return trimmed === "/" ? [] : trimmed.slice(1).split("/");
}

/** Order of `/endpoints`: segment by segment. */
function compareSegments(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  }
  return a.length - b.length;
}

/** Endpoints by path; of two with one path the later counts. */
export class EndpointTable {
  readonly #root = newNode();
  readonly #paths: string[] = [];

  /** Add an endpoint; one that is there already is replaced. */
  add(endpoint: Endpoint): void {
    let node = this.#root;
    const names: string[] = [];
    for (const segment of segmentsOf(endpoint.path)) {
      if (segment.startsWith("{")) {
        names.push(segment.slice(1, -1));
        node.parameter ??= newNode();
        node = node.parameter;
      } else {
        const next = node.literals.get(segment) ?? newNode();
        node.literals.set(segment, next);
        node = next;
      }
    }
    if (node.endpoint === null && endpoint.hidden !== true) this.#paths.push(endpoint.path);
    node.endpoint = endpoint;
    node.names = names;
  }

  addAll(endpoints: Iterable<Endpoint>): void {
    for (const endpoint of endpoints) this.add(endpoint);
  }

  match(path: string): Match | null {
    const segments = segmentsOf(path);
    const found: string[] = [];
    const node = this.#walk(this.#root, segments, 0, found);
    return node === null ? null : { endpoint: node.endpoint!, names: node.names, segments: found };
  }

  #walk(node: Node, segments: readonly string[], at: number, found: string[]): Node | null {
    if (at === segments.length) return node.endpoint === null ? null : node;
    const segment = segments[at]!;
    const literal = node.literals.get(segment);
    if (literal !== undefined) {
      const end = this.#walk(literal, segments, at + 1, found);
      if (end !== null) return end;
    }
    if (node.parameter === null || segment === "") return null;
    found.push(segment);
    const end = this.#walk(node.parameter, segments, at + 1, found);
    if (end === null) found.pop();
    return end;
  }

  /** Paths of all endpoints that are not hidden, in order of their segments. */
  paths(): string[] {
    return this.#paths
      .map((path) => [path, segmentsOf(path)] as const)
      .sort(([, a], [, b]) => compareSegments(a, b))
      .map(([path]) => path);
  }
}

/** Methods of an endpoint as `Allow` tells them: sorted, with HEAD and OPTIONS. */
export function allowedMethods(endpoint: Endpoint): string {
  const methods: string[] = Object.keys(endpoint.methods);
  if (endpoint.methods.GET !== undefined) methods.push("HEAD");
  methods.push("OPTIONS");
  return methods.sort().join(", ");
}
