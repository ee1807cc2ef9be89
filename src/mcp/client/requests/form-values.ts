/** Reads what a person typed into a field, by the field's schema. Patterns of a server are never run. */
import type { JsonObject, JsonValue } from "../../../lib/conversation.ts";

export type Value = string | number | boolean | string[];

export type Parse = (text: string) => { value: Value } | { complaint: string };

interface Reader {
  /** What is to be typed; undefined for a type that is not known. */
  expects: string | undefined;
  choices: readonly Choice[];
  parse: Parse;
}

interface Choice {
  value: string;
  title: string;
}

/** How to read a field: the text that is handed to `parse` is trimmed and not empty. */
export function readerOf(schema: JsonObject): Reader {
  switch (schema.type) {
    case "boolean":
      return { expects: "yes or no", choices: [], parse: readFlag };
    case "number":
    case "integer":
      return numberReader(schema);
    case "array":
      return manyReader(schema);
    case "string":
      return Array.isArray(schema.enum) || Array.isArray(schema.oneOf)
        ? oneReader(schema)
        : textReader(schema);
    default:
      return { expects: undefined, choices: [], parse: () => ({ complaint: "" }) };
  }
}

function readFlag(text: string) {
  const word = text.toLowerCase();
  if (["y", "yes", "true", "1", "on"].includes(word)) return { value: true };
  if (["n", "no", "false", "0", "off"].includes(word)) return { value: false };
  return { complaint: "Type yes or no." };
}

const WHOLE = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function numberReader({ type, minimum, maximum }: JsonObject): Reader {
  const whole = type === "integer";
  const expects = `${whole ? "a whole number" : "a number"}${range(minimum, maximum)}`;
  const parse = (text: string) => {
    const value = (whole ? WHOLE : NUMBER).test(text) ? Number(text) : Number.NaN;
    const fits = whole ? Number.isSafeInteger(value) : Number.isFinite(value);
    const tooLow = typeof minimum === "number" && value < minimum;
    const tooHigh = typeof maximum === "number" && value > maximum;
    return fits && !tooLow && !tooHigh ? { value } : { complaint: `Type ${expects}.` };
  };
  return { expects, choices: [], parse };
}

function textReader({ format, minLength, maxLength }: JsonObject): Reader {
  const form = typeof format === "string" && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  const limits = range(minLength, maxLength);
  const expects = `text${form ? `: ${form.what}` : ""}${limits && `, ${limits.trim()} characters`}`;
  const parse = (text: string) => {
    const length = [...text].length;
    const tooShort = typeof minLength === "number" && length < minLength;
    const tooLong = typeof maxLength === "number" && length > maxLength;
    if (tooShort || tooLong) return { complaint: `That has ${length} characters; it takes${limits}.` };
    return form && !form.accepts(text) ? { complaint: `Type ${form.what}.` } : { value: text };
  };
  return { expects, choices: [], parse };
}

const FORMATS: Readonly<Record<string, { what: string; accepts: (text: string) => boolean }>> = {
  email: { what: "a mail address", accepts: (text) => /^[^\s@]+@[^\s@]+$/.test(text) },
  uri: { what: "an address, as https://example.com", accepts: (text) => URL.canParse(text) },
  date: { what: "a date, as 2026-01-31", accepts: isDate },
  "date-time": {
    what: "a date and time, as 2026-01-31T09:30:00Z",
    accepts: (text) => {
      const [, date = "", time = ""] =
        /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d))$/.exec(text) ?? [];
      return isDate(date) && !Number.isNaN(Date.parse(`${date}T${time}`));
    },
  },
};

/** One that there is: JavaScript takes the 31st of February for the 3rd of March. */
function isDate(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function oneReader(schema: JsonObject): Reader {
  const choices = choicesOf(schema.oneOf, schema.enum, schema.enumNames);
  const parse = (text: string) => {
    const chosen = choose(choices, text);
    return chosen ? { value: chosen.value } : { complaint: "Type one of the numbers." };
  };
  return { expects: "the number of one", choices, parse };
}

/** Chooses nothing where a default would be taken for an empty line. */
const NONE = "-";

function manyReader({ items, minItems, maxItems }: JsonObject): Reader {
  const of = typeof items === "object" && items !== null && !Array.isArray(items) ? items : {};
  const choices = choicesOf(of.anyOf ?? of.oneOf, of.enum, undefined);
  const amount = range(minItems, maxItems);
  const expects = `the numbers of any${amount && `, ${amount.trim()} of them`}, with commas between; ${NONE} for none`;
  const parse = (text: string) => {
    const parts = text === NONE ? [] : text.split(/[\s,]+/).filter((part) => part !== "");
    // A title may have blanks and commas itself.
    const whole = choose(choices, text);
    const chosen = whole ? [whole] : parts.map((part) => choose(choices, part));
    const values = chosen.flatMap((choice) => (choice ? [choice.value] : []));
    if (values.length < chosen.length) return { complaint: `Type ${expects}.` };
    const unique = [...new Set(values)];
    const tooFew = typeof minItems === "number" && unique.length < minItems;
    const tooMany = typeof maxItems === "number" && unique.length > maxItems;
    return tooFew || tooMany ? { complaint: `Choose${amount}.` } : { value: unique };
  };
  return { expects: choices.length > 0 ? expects : undefined, choices, parse };
}

/** By number, as the choices are shown; else by value or title. */
function choose(choices: readonly Choice[], text: string): Choice | undefined {
  const byNumber = /^\d{1,6}$/.test(text) ? choices[Number(text) - 1] : undefined;
  if (byNumber) return byNumber;
  const wanted = text.toLowerCase();
  return (
    choices.find(({ value }) => value === text) ??
    choices.find(({ value, title }) => [value, title].some((name) => name.toLowerCase() === wanted))
  );
}

function choicesOf(
  titled: JsonValue | undefined,
  values: JsonValue | undefined,
  names: JsonValue | undefined,
): Choice[] {
  if (Array.isArray(titled)) return titled.flatMap(titledChoice);
  const titles = Array.isArray(names) ? names : [];
  const plain = Array.isArray(values) ? values : [];
  return plain.flatMap((value, index) => {
    const title = titles[index];
    if (typeof value !== "string") return [];
    return [{ value, title: typeof title === "string" ? title : value }];
  });
}

function titledChoice(entry: JsonValue): Choice[] {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return [];
  const { const: value, title } = entry;
  if (typeof value !== "string") return [];
  return [{ value, title: typeof title === "string" ? title : value }];
}

/** ` from 1 to 5`, ` of at least 1`, ` of at most 5`, or nothing. */
function range(least: JsonValue | undefined, most: JsonValue | undefined): string {
  const [low, high] = [typeof least === "number", typeof most === "number"];
  if (low && high) return ` from ${least} to ${most}`;
  if (low) return ` at least ${least}`;
  return high ? ` at most ${most}` : "";
}
