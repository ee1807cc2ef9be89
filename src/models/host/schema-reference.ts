/** Where a reference inside a JSON Schema leads. Pure. */
import type { JsonObject, JsonValue } from "../../lib/conversation.ts";

/** What `schema` refers to by itself, if it is a reference. */
export function referenceOf({ $ref, $dynamicRef, $recursiveRef }: JsonObject): string | undefined {
  return [$ref, $dynamicRef, $recursiveRef].find((reference) => typeof reference === "string");
}

/** The part of `root` that a JSON pointer, an anchor or an id names; undefined when there is none. */
export function targetOf(root: JsonObject, reference: string): JsonValue | undefined {
  const [id = "", encoded = ""] = reference.split("#", 2);
  const document = id === "" ? root : find(root, ({ $id }) => $id === id || $id === `${id}#`);
  const fragment = decoded(encoded);
  if (document === undefined || fragment === undefined || fragment === "") return document;
  if (fragment.startsWith("/")) return pointed(document, fragment);
  return find(document, ({ $anchor, $dynamicAnchor, $id }) => {
    return $anchor === fragment || $dynamicAnchor === fragment || $id === `#${fragment}`;
  });
}

/** A name for what a reference leads to, made of the reference's last part. */
export function nameOf(reference: string): string {
  const last = /[^/#]*$/.exec(decoded(reference) ?? reference)?.[0] ?? "";
  return last.replace(/[^\w.-]/g, "_") || "root";
}

function pointed(document: JsonObject, pointer: string): JsonValue | undefined {
  let at: JsonValue | undefined = document;
  for (const token of pointer.split("/").slice(1)) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = Array.isArray(at) ? at[Number(key)] : at[key];
  }
  return at;
}

function find(value: JsonValue, fits: (schema: JsonObject) => boolean): JsonObject | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value) && fits(value)) return value;
  for (const inner of Object.values(value)) {
    const found = find(inner, fits);
    if (found) return found;
  }
  return undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
