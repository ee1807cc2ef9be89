/**
 * The MCPCHAT_* variables that stand above the files. Others with that prefix are ignored: they may belong to a
 * later or an earlier mcpchat. Checked without zod, so that a run without a file never loads it.
 */
import { MODEL_FORM, mayNameModel } from "./forms.ts";
import type { Layer } from "./layers.ts";
import type { Environment } from "./paths.ts";
import { configurationError } from "./problem.ts";

interface Variable {
  name: string;
  key: readonly string[];
  /** The value for the key, or undefined when the text is not `what` it should be. */
  read(text: string): unknown;
  what: string;
}

const seconds = (name: string, ...key: string[]): Variable => ({
  name,
  key,
  read: (text) => numberFrom(text, (value) => value > 0),
  what: "a number of seconds above 0",
});

const count = (name: string, ...key: string[]): Variable => ({
  name,
  key,
  read: (text) => numberFrom(text, (value) => Number.isSafeInteger(value) && value >= 1),
  what: "a whole number of at least 1",
});

const CONTEXTS = ["sliding_window", "smart", "summarize"];

/** Empty variables count as unset. */
export const VARIABLES: readonly Variable[] = [
  { name: "MCPCHAT_MODEL", key: ["model"], read: modelFrom, what: MODEL_FORM.what },
  {
    name: "MCPCHAT_FALLBACK",
    key: ["fallback"],
    read: modelsFrom,
    what: "a list of PROVIDER/MODEL with commas between",
  },
  { name: "MCPCHAT_SYSTEM", key: ["chat", "system"], read: (text) => text, what: "text" },
  {
    name: "MCPCHAT_CONTEXT",
    key: ["chat", "context"],
    read: (text) => CONTEXTS.find((one) => one === text),
    what: CONTEXTS.join(", "),
  },
  count("MCPCHAT_MAX_TURNS", "chat", "max_turns"),
  count("MCPCHAT_MAX_TOKENS", "chat", "max_tokens"),
  {
    name: "MCPCHAT_TEMPERATURE",
    key: ["chat", "temperature"],
    read: (text) => numberFrom(text, (value) => value >= 0 && value <= 2),
    what: "a number from 0 to 2",
  },
  seconds("MCPCHAT_TIMEOUT", "chat", "timeout"),
  seconds("MCPCHAT_WAIT", "mcp", "wait"),
];

/** One layer a variable that is set. Throws ConfigurationError for a value that its key cannot take. */
export function environmentLayers(env: Environment): Layer[] {
  return VARIABLES.flatMap((variable) => {
    const text = env[variable.name];
    return text ? [layerOf(variable, text)] : [];
  });
}

function layerOf(variable: Variable, text: string): Layer {
  const value = variable.read(text);
  if (value === undefined) {
    throw configurationError("environment", [{ key: variable.name, text: `should be ${variable.what}` }]);
  }
  const values = variable.key.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
  // The table above pairs each key with a reader of its type.
  return { source: variable.name, values: values as Layer["values"] };
}

function modelFrom(text: string): string | undefined {
  return mayNameModel(text) ? text : undefined;
}

function modelsFrom(text: string): string[] | undefined {
  const models = text.split(",").map((model) => model.trim());
  return models.every(mayNameModel) ? models : undefined;
}

function numberFrom(text: string, accept: (value: number) => boolean): number | undefined {
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) && accept(value) ? value : undefined;
}
