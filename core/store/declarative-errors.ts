/**
 * The errors of a declarative document: as the tree that Kong answers with, and as a list of places for people.
 */
import type { FieldError, FieldErrors } from "../entities/schema/definition.ts";
import { ENTITY, isText } from "../entities/schema/messages.ts";
import { entriesOf } from "../entities/schema/tables.ts";
import type { DocumentPath } from "./declarative-lines.ts";

/** One thing that is wrong, and where. */
export interface Fault {
  /** Names, and positions in lists from 0. */
  readonly path: DocumentPath;
  readonly message: string;
}

type Place = FieldErrors | (FieldError | null)[];

function childOf(place: Place, name: string | number): FieldError | null | undefined {
  return Array.isArray(place) ? place[Number(name)] : place[name];
}

function setChild(place: Place, name: string | number, error: FieldError): void {
  if (!Array.isArray(place)) {
    place[name] = error;
    return;
  }
  if (typeof name === "string") return; // Kong's table would hold both; a list cannot
  while (place.length < name) place.push(null);
  place[name] = error;
}

function mergeInto(place: Place, name: string | number, error: FieldError): void {
  const there = childOf(place, name);
  const isBoth = there && !isText(there) && !isText(error);
  if (!isBoth) {
    setChild(place, name, error);
    return;
  }
  for (const [key, member] of entriesOf(error as Record<string, unknown>)) {
    if (member === null) continue;
    mergeInto(there, typeof key === "number" ? key - 1 : key, member as FieldError);
  }
}

/** What is wrong with a document: in Kong's shape for clients, and with places for people. */
export class DeclarativeErrors {
  /** Kong's nested object; lists hold null where nothing is wrong. */
  readonly fields: FieldErrors = {};
  readonly faults: Fault[] = [];

  get isEmpty(): boolean {
    return this.faults.length === 0;
  }

  /** Adds one error at a place of the document. */
  add(path: DocumentPath, message: string): void {
    this.addTree(path, message);
  }

  /** Adds the errors of the members of a place. */
  addTree(path: DocumentPath, error: FieldError): void {
    this.#put(path, error);
    this.#addFaults(path, error);
  }

  /** Adds an error whose place in Kong's tree is not its place in the document. */
  addElsewhere(treePath: DocumentPath, error: FieldError, faultPath: DocumentPath): void {
    this.#put(treePath, error);
    this.#addFaults(faultPath, error);
  }

  #put(path: DocumentPath, error: FieldError): void {
    let place: Place = this.fields;
    for (let at = 0; at < path.length - 1; at++) {
      const name = path[at]!;
      const there = childOf(place, name);
      if (there && !isText(there)) {
        place = there;
        continue;
      }
      const next: Place = typeof path[at + 1] === "number" ? [] : {};
      setChild(place, name, next);
      place = next;
    }
    mergeInto(place, path[path.length - 1]!, error);
  }

  #addFaults(path: DocumentPath, error: FieldError): void {
    if (isText(error)) {
      this.faults.push({ path, message: error });
      return;
    }
    for (const [key, member] of entriesOf(error as Record<string, unknown>)) {
      if (member === null) continue;
      const isOwn = key === ENTITY;
      const step = typeof key === "number" ? key - 1 : key;
      if (isOwn && Array.isArray(member)) {
        for (const text of member) this.#addFaults(path, text as FieldError);
      } else this.#addFaults([...path, step], member as FieldError);
    }
  }
}

/** "services[1].routes[2].paths[1]", lists counted from 1 as Kong does. */
export function pathText(path: DocumentPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step + 1}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** Errors as an indented tree, the way the command line shows them. */
export function errorLines(fields: FieldErrors, indent = ""): string[] {
  const lines: string[] = [];
  for (const name of Object.keys(fields).sort()) {
    const error = fields[name]!;
    if (isText(error)) lines.push(`${indent}in '${name}': ${error}`);
    else lines.push(`${indent}in '${name}':`, ...memberLines(name, error, `${indent}  `));
  }
  return lines;
}

function memberLines(name: string, error: Place, indent: string): string[] {
  if (!Array.isArray(error)) return errorLines(error, indent);
  return error.flatMap((member, index) => {
    if (member === null) return [];
    const head = `${indent}- in entry ${index + 1} of '${name}':`;
    if (isText(member)) return [`${head} ${member}`];
    return [head, ...memberLines(name, member, `${indent}  `)];
  });
}
