/** What a tool is to a model, as a hash; and what makes one different from another, as lines for a person. */
import type { JsonValue } from "../../../lib/conversation.ts";
import { escapeInvisible } from "../text.ts";
import type { ToolDescription } from "./tools.ts";

/** SHA-256 over everything that a server says of a tool, whatever the order of its keys. */
export function fingerprintOf(tool: ToolDescription): string {
  const { name, description, inputSchema, outputSchema = null, annotations } = tool;
  const said = { name, description, inputSchema, outputSchema, annotations };
  return new Bun.CryptoHasher("sha256").update(canonicalJson(said)).digest("hex");
}

/** JSON with sorted keys and nothing between its parts: the same text for the same value. */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = sortedMembers(value).map(
    ([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`,
  );
  return `{${members.join(",")}}`;
}

/**
 * What changed: each line names its part of the tool and begins with `-` for what was, `+` for what is. Nothing in it
 * is invisible.
 */
export function differenceOf(before: ToolDescription, after: ToolDescription): string[] {
  return [
    ...textDifference("description", before.description, after.description),
    ...valueDifference(["annotations"], { ...before.annotations }, { ...after.annotations }),
    ...valueDifference(["input schema"], before.inputSchema, after.inputSchema),
    ...valueDifference(["output schema"], before.outputSchema, after.outputSchema),
  ].map((line) => escapeInvisible(line).replaceAll("\n", "\\n"));
}

/** The lines between the first and the last that differ. */
function textDifference(part: string, before: string, after: string): string[] {
  const [removed, added] = withoutCommonEnds(before.split("\n"), after.split("\n"));
  return [...removed.map((line) => `- ${part}: ${line}`), ...added.map((line) => `+ ${part}: ${line}`)];
}

function withoutCommonEnds(one: readonly string[], other: readonly string[]): [string[], string[]] {
  const shortest = Math.min(one.length, other.length);
  let start = 0;
  while (start < shortest && one[start] === other[start]) start++;
  let end = 0;
  while (end < shortest - start && one.at(-1 - end) === other.at(-1 - end)) end++;
  return [one.slice(start, one.length - end), other.slice(start, other.length - end)];
}

/** The innermost parts of a schema that differ, each with the way to it. */
function valueDifference(
  path: readonly string[],
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): string[] {
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    const [one, other] = [membersOf(before), membersOf(after)];
    const keys = [...new Set([...one.keys(), ...other.keys()])];
    return keys.flatMap((key) => valueDifference([...path, key], one.get(key), other.get(key)));
  }
  const [was, is] = [before, after].map((value) => value !== undefined && canonicalJson(value));
  if (was === is) return [];
  const [part = "", ...steps] = path;
  const where = [part, ...(steps.length > 0 ? [steps.map(stepName).join(".")] : [])].join(" ");
  return [...(was === false ? [] : [`- ${where}: ${was}`]), ...(is === false ? [] : [`+ ${where}: ${is}`])];
}

type Container = JsonValue & object;

function isContainer(value: JsonValue | undefined): value is Container {
  return typeof value === "object" && value !== null;
}

function membersOf(value: Container): Map<string, JsonValue> {
  if (Array.isArray(value)) return new Map(value.map((item, index) => [`[${index}]`, item]));
  return new Map(sortedMembers(value));
}

function sortedMembers(value: Readonly<Record<string, JsonValue>>): [string, JsonValue][] {
  return Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** A key that could be taken for something else is quoted. */
function stepName(key: string): string {
  return /^(\[\d+\]|[\w$-]+)$/.test(key) ? key : JSON.stringify(key);
}
