/**
 * The fields of a form that a server asks a person to fill in: flat, as MCP wants them, and each able to read what the
 * person typed. Pure; the texts are as the server wrote them.
 */
import type { JsonObject, JsonValue } from "../../../lib/conversation.ts";
import { truncate } from "../text.ts";
import { readerOf, type Value } from "./form-values.ts";

export type { Value } from "./form-values.ts";

export interface Field {
  name: string;
  /** The title, or the name where there is none. */
  label: string;
  description?: string;
  /** What is to be typed: `a whole number from 1 to 5`. */
  expects: string;
  required: boolean;
  /** Taken for an empty answer. */
  standard?: Value;
  /** The names of what can be chosen, in order; empty where anything can be typed. */
  choices: readonly string[];
  /** A value, `undefined` for a field that stays empty, or what is wrong, as a sentence. */
  read(text: string): Reading;
}

export type Reading = { value: Value | undefined } | { complaint: string };

/** More fields or choices than anybody fills in on a terminal. */
const MOST_FIELDS = 50;
const MOST_CHOICES = 200;
const LONGEST_LABEL = 200;
const LONGEST_DESCRIPTION = 2000;

export class UnusableForm extends Error {
  override readonly name = "UnusableForm";
}

/** The fields of a form's schema, in its order. Throws UnusableForm with the reason, which the server is told. */
export function fieldsOf(schema: JsonObject): Field[] {
  const properties = objectAt(schema, "properties");
  const names = Object.keys(properties);
  if (names.length > MOST_FIELDS) throw new UnusableForm(`more than ${MOST_FIELDS} fields`);
  const required = new Set(list(schema.required));
  return names.map((name) => fieldOf(name, objectAt(properties, name), required.has(name)));
}

function fieldOf(name: string, schema: JsonObject, required: boolean): Field {
  const { expects, choices, parse } = readerOf(schema);
  if (expects === undefined) throw new UnusableForm(`the field ${JSON.stringify(name)} is of no known type`);
  if (choices.length > MOST_CHOICES) throw new UnusableForm(`more than ${MOST_CHOICES} choices`);
  const standard = standardOf(schema);
  const description = text(schema.description);
  return {
    name,
    label: truncate(text(schema.title) || name, LONGEST_LABEL),
    ...(description !== undefined && { description: truncate(description, LONGEST_DESCRIPTION) }),
    expects,
    required,
    ...(standard !== undefined && { standard }),
    choices: choices.map(({ title }) => title),
    read: (typed) => {
      if (typed.trim() !== "") return parse(typed.trim());
      if (standard !== undefined || !required) return { value: standard };
      return { complaint: "An answer is needed." };
    },
  };
}

/** A default that is of the right type; whether it keeps to the other rules is between the server and itself. */
function standardOf({ default: given, type }: JsonObject): Value | undefined {
  if (typeof given === "string" && type === "string") return given;
  if (typeof given === "boolean" && type === "boolean") return given;
  if (typeof given === "number" && (type === "number" || type === "integer")) return given;
  return type === "array" && Array.isArray(given) ? list(given) : undefined;
}

/** What the server gets of an accepted form: what was answered, and the defaults of what was not. */
export function withStandards(
  fields: readonly Field[],
  content: Readonly<Record<string, Value>>,
): Record<string, Value> {
  const standards = fields.flatMap(({ name, standard }) =>
    standard === undefined || Object.hasOwn(content, name) ? [] : [[name, standard] as const],
  );
  return Object.fromEntries([...Object.entries(content), ...standards]);
}

/** The field that asks for something secret, which MCP forbids in a form; undefined when none does. */
export function secretField(fields: readonly Field[]): Field | undefined {
  return fields.find(
    ({ name, label, choices, expects }) =>
      choices.length === 0 && expects.startsWith("text") && [name, label].some(soundsSecret),
  );
}

const SECRET =
  /\b(?:password|passwd|passphrase|passcode|pwd|secret|token|credentials?|api key|private key)\b/;

function soundsSecret(name: string): boolean {
  const words = name.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2").replace(/[^\p{L}\p{N}]+/gu, " ");
  return SECRET.test(words.toLowerCase());
}

function objectAt(value: JsonObject, key: string): JsonObject {
  const member = Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof member === "object" && member !== null && !Array.isArray(member) ? member : {};
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function list(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
