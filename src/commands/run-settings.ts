/** The options of a run, checked and in the units the rest works with. */
import { parseArgs } from "node:util";
import { textOrFile } from "../app/message.ts";
import type { ToolSettings } from "../app/one-shot.ts";
import type { ToolFlags } from "../app/permissions.ts";
import type { OutputForm } from "../chat/report/reporter.ts";
import { LARGEST_SEED } from "../config/forms.ts";
import type { RawConfiguration } from "../config/schema.ts";
import type { JsonObject } from "../lib/conversation.ts";
import { UsageError } from "../lib/errors.ts";
import { LOG_LEVELS, type LogLevel } from "../lib/log-file.ts";
import type { SessionSelection } from "../session/port.ts";
import { RUN_OPTIONS } from "./options.ts";
import { integerOption, numberOption, type ParsedOptions, parseOptions } from "./parse.ts";
import { readSchema } from "./schema-option.ts";

type Values = ParsedOptions<typeof RUN_OPTIONS>["values"];

export interface RunSettings {
  prompt: string;
  files: readonly string[];
  output: OutputForm;
  raw: boolean;
  stream: boolean;
  readStdin: boolean;
  save: boolean;
  session: SessionSelection;
  tools: ToolFlags & { none: boolean; servers: readonly string[]; only: readonly string[]; strict: boolean };
  /** `--schema`: what the answer has to be. */
  schema?: JsonObject;
  require: readonly string[];
  waitMs?: number;
  timeoutMs?: number;
  quiet: boolean;
  verbose: boolean;
  logLevel: LogLevel;
  configFile?: string;
  overrides: RawConfiguration;
}

/** Throws UsageError. */
export function readRunSettings(rawArgs: readonly string[]): RunSettings {
  const { values, positionals } = parseOptions(rawArgs, RUN_OPTIONS);
  const waitMs = milliseconds("wait", values.wait);
  const timeoutMs = milliseconds("timeout", values.timeout);
  return {
    prompt: positionals.join(" "),
    files: values.file ?? [],
    output: outputForm(values),
    raw: values.raw ?? false,
    stream: !values["no-stream"],
    readStdin: !values["no-stdin"],
    save: !values["no-save"],
    session: sessionSelection(values),
    tools: toolFlags(values),
    ...(values.schema !== undefined && { schema: readSchema(values.schema) }),
    require: values.require ?? [],
    ...(waitMs !== undefined && { waitMs }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    quiet: values.quiet ?? false,
    verbose: values.verbose ?? false,
    logLevel: logLevel(values["log-level"] ?? "info"),
    ...(values.config !== undefined && { configFile: values.config }),
    overrides: overridesOf(values),
  };
}

function outputForm({ output, json }: Values): OutputForm {
  if (json) {
    if (output === undefined || output === "json") return "json";
    throw new UsageError(`--json and -o ${output} contradict each other`);
  }
  if (output === undefined || output === "text" || output === "json" || output === "ndjson")
    return output ?? "text";
  throw new UsageError(`-o takes text, json or ndjson, not ${JSON.stringify(output)}`);
}

/** The form of output that a command line seems to want which could not be read. */
export function wantedForm(rawArgs: readonly string[]): OutputForm {
  const { json, output } = parseArgs({
    args: [...rawArgs],
    options: { json: { type: "boolean" }, output: { type: "string", short: "o" } },
    strict: false,
  }).values;
  if (json || output === "json") return "json";
  return output === "ndjson" ? "ndjson" : "text";
}

function logLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level) return level;
  throw new UsageError(`--log-level takes ${LOG_LEVELS.join(", ")}, not ${JSON.stringify(text)}`);
}

function sessionSelection(values: Values): SessionSelection {
  const { resume, session } = values;
  const given = [values.continue, resume, session].filter((value) => value !== undefined).length;
  if (given > 1) throw new UsageError("-c, -r and --session exclude each other", "use one of them");
  if (values.continue) return { latest: true };
  if (resume !== undefined) return { id: resume };
  return session === undefined ? { new: true } : { name: session };
}

function toolFlags(values: Values): RunSettings["tools"] {
  if (values["no-tools"] && values.require) {
    throw new UsageError("--no-tools and --require contradict each other", "use one of them");
  }
  return {
    none: values["no-tools"] ?? false,
    servers: values.server ?? [],
    only: values.tool ?? [],
    allow: values.allow ?? [],
    deny: values.deny ?? [],
    yes: values.yes ?? false,
    strict: values.strict ?? false,
  };
}

function overridesOf(values: Values): RawConfiguration {
  const maxTurns = integerOption("max-turns", values["max-turns"], 1);
  const maxTokens = integerOption("max-tokens", values["max-tokens"], 1);
  const temperature = numberOption("temperature", values.temperature, 0, 2);
  const maxCost = numberOption("max-cost", values["max-cost"], 0);
  const thinking = effort(values.thinking);
  const { stop } = values;
  const fallback = values.fallback?.flatMap(modelsIn);
  if (stop?.includes("")) throw new UsageError("--stop takes a text, not nothing");
  const chat = {
    ...(values.system !== undefined && { system: textOrFile(values.system) }),
    ...(maxTurns !== undefined && { max_turns: maxTurns }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...samplingOf(values),
    ...(stop && { stop }),
    ...(thinking && { thinking }),
  };
  return {
    ...(values.model !== undefined && { model: values.model }),
    ...(fallback && { fallback }),
    ...(maxCost !== undefined && { limits: { per_run: maxCost } }),
    chat,
  };
}

/** As in MCPCHAT_FALLBACK. */
function modelsIn(text: string): string[] {
  const models = text.split(",").map((model) => model.trim());
  if (!models.includes("")) return models;
  const where = models.length > 1 ? ` beside a comma of ${JSON.stringify(text)}` : "";
  throw new UsageError(`--fallback takes PROVIDER/MODEL, not nothing${where}`);
}

const EFFORTS = ["off", "low", "medium", "high"] as const;

function effort(text: string | undefined): (typeof EFFORTS)[number] | undefined {
  const known = EFFORTS.find((one) => one === text);
  if (known || text === undefined) return known;
  throw new UsageError(`--thinking takes ${EFFORTS.join(", ")}, not ${JSON.stringify(text)}`);
}

function samplingOf(values: Values): NonNullable<RawConfiguration["chat"]> {
  const topP = numberOption("top-p", values["top-p"], 0, 1);
  const topK = integerOption("top-k", values["top-k"], 0);
  const minP = numberOption("min-p", values["min-p"], 0, 1);
  const seed = integerOption("seed", values.seed, 0, LARGEST_SEED);
  return {
    ...(topP !== undefined && { top_p: topP }),
    ...(topK !== undefined && { top_k: topK }),
    ...(minP !== undefined && { min_p: minP }),
    ...(seed !== undefined && { seed }),
  };
}

function milliseconds(name: string, text: string | undefined): number | undefined {
  const seconds = numberOption(name, text);
  return seconds === undefined ? undefined : seconds * 1000;
}

/** What the settings say to the tree. */
export function appOptions({ configFile, overrides, save, session, logLevel }: RunSettings) {
  return {
    overrides,
    logLevel,
    // A conversation that is new and not kept needs no database.
    storeless: !save && "new" in session,
    ...(configFile !== undefined && { configFile }),
  };
}

/** What the settings say about tools. */
export function toolSettings({ tools, require, waitMs }: RunSettings): ToolSettings {
  return { ...tools, require, ...(waitMs !== undefined && { waitMs }) };
}
