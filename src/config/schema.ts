/**
 * The configuration file's schema. Imported only when there is a file to check: zod costs 1 ms (compiled).
 */
import { isAbsolute } from "node:path";
import * as z from "zod/mini";
import { nearest } from "../lib/nearest.ts";
import { providerDefaults } from "./configuration.ts";
import { type Form, LARGEST_SEED, MODEL_FORM, mayNameModel, NAME_FORM } from "./forms.ts";
import { keyPath, type Problem } from "./problem.ts";

// One instance of each, as making them is most of what this file costs.
const text = z.string("should be text in quotes");
const optionalText = z.optional(text);
const optionalTexts = z.optional(z.array(text, "should be a list of texts in quotes"));
const optionalTextTable = z.optional(z.record(z.string(), text, "should be a table of texts in quotes"));
const optionalFlag = z.optional(z.boolean("should be true or false"));
const optionalSeconds = z.optional(
  number("a number of seconds above 0", (value) => value > 0 && Number.isFinite(value)),
);
/** A supervisor remembers that many restarts, and looks through them at each. */
const MOST_RESTARTS = 1000;
/** What is under this name is no provider that could be configured. */
const LOCAL_NAME = "local";
/** Less holds no conversation. */
const LEAST_CONTEXT = 128;
const countFromOne = z.optional(wholeFrom(1));
const model = z
  .string(`should be ${MODEL_FORM.what}`)
  .check(z.refine(mayNameModel, `should be ${MODEL_FORM.what}`));
const optionalAddress = z.optional(
  z
    .string("should be an http:// or https:// address")
    .check(z.refine(isWebAddress, "should be an http:// or https:// address")),
);

// Else it is refused by each request, in words that name no key.
const header = text.check(z.refine((value) => !/[\r\n\0]/.test(value), "should be one line"));
const optionalHeaders = z.optional(z.record(z.string(), header, "should be a table"));

function isWebAddress(value: string): boolean {
  // What is not used may hold a variable that is not set; it is refused when it is used.
  if (value.includes("${")) return true;
  return /^https?:\/\//.test(value) && URL.canParse(value);
}

function number(what: string, accept: (value: number) => boolean) {
  const error = `should be ${what}`;
  return z.number(error).check(z.refine(accept, error));
}

function wholeFrom(least: number, most?: number) {
  const what = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  const accept = (value: number) =>
    Number.isSafeInteger(value) && value >= least && value <= (most ?? Number.MAX_SAFE_INTEGER);
  return number(`a whole number ${what}`, accept);
}

function choice<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, `should be ${values.map((value) => `"${value}"`).join(" or ")}`);
}

/** A table that knows its keys: an unknown one is a problem that names the nearest. */
function table<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? unknownKeys(issue.keys, known) : "should be a table",
  });
}

/** Newline between keys, as zod makes one issue of all of them. */
function unknownKeys(keys: readonly string[], known: readonly string[]): string {
  return keys.map((key) => unknownKey(key, known)).join("\n");
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  return near ? `unknown key; did you mean "${near}"?` : `unknown key; known are ${known.join(", ")}`;
}

function named<Value extends z.core.SomeType>(value: Value) {
  return keyed(NAME_FORM, "is no name", value);
}

/** A table of which the user chooses the keys. */
function keyed<Value extends z.core.SomeType>(form: Form, complaint: string, value: Value) {
  return z.record(z.string().check(z.regex(form.pattern)), value, {
    error: (issue) =>
      issue.code === "invalid_key" ? `${complaint}: it should be ${form.what}` : "should be a table",
  });
}

const toolRules = z.optional(table({ allow: optionalTexts, deny: optionalTexts }));

const provider = table({
  kind: z.optional(choice(["anthropic", "openai"])),
  api: z.optional(choice(["chat", "responses"])),
  cache: optionalFlag,
  base_url: optionalAddress,
  api_key: optionalText,
  headers: optionalHeaders,
  header_timeout: optionalSeconds,
  idle_timeout: optionalSeconds,
});

const providers = named(provider).check(({ value, issues }) => {
  for (const { path, message } of meaningless(value)) {
    issues.push({ code: "custom", input: value, path, message });
  }
});

/** What no provider can be. */
function meaningless(
  configured: Readonly<Record<string, RawProvider>>,
): { path: string[]; message: string }[] {
  return Object.entries(configured).flatMap(([name, { kind, api }]) => {
    const wrong: { path: string[]; message: string }[] = [];
    if (name === LOCAL_NAME) {
      const message = "is the name of the models that run in here; another server should have another name";
      wrong.push({ path: [name], message });
    }
    if (api !== undefined && (kind ?? providerDefaults(name).kind) === "anthropic") {
      wrong.push({ path: [name, "api"], message: 'goes with kind "openai" only; leave it out' });
    }
    return wrong;
  });
}

const oauth = table({
  client_id: optionalText,
  client_secret: optionalText,
  client_metadata_url: optionalAddress,
  scopes: optionalTexts,
  callback_port: z.optional(wholeFrom(1, 65_535)),
});

const LOG_LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"] as const;

const server = table({
  command: z.optional(text.check(z.minLength(1, "should name a program"))),
  args: optionalTexts,
  env: optionalTextTable,
  cwd: optionalText,
  url: optionalAddress,
  transport: z.optional(choice(["stdio", "http", "sse"])),
  headers: optionalHeaders,
  oauth: z.optional(oauth),
  enabled: optionalFlag,
  restart: z.optional(choice(["permanent", "transient", "temporary"])),
  trusted: optionalFlag,
  tools: toolRules,
  connect_timeout: optionalSeconds,
  call_timeout: optionalSeconds,
  max_calls: countFromOne,
  sampling: z.optional(choice(["ask", "allow", "deny"])),
  roots: optionalTexts,
  log_level: z.optional(choice(LOG_LEVELS)),
}).check(
  z.refine(
    (value) => value.url !== undefined || (value.oauth === undefined && value.headers === undefined),
    "headers and oauth go with a url",
  ),
  z.refine(
    (value) => (value.command === undefined) !== (value.url === undefined),
    "should have either a command or a url",
  ),
  z.refine(
    (value) => !value.transport || (value.transport === "stdio") === (value.command !== undefined),
    'a command goes with transport "stdio", a url with "http" or "sse"',
  ),
);

const optionalShare = z.optional(number("a number from 0 to 1", (value) => value >= 0 && value <= 1));

const chat = table({
  system: optionalText,
  context: z.optional(choice(["sliding_window", "smart", "summarize"])),
  max_turns: countFromOne,
  max_tokens: countFromOne,
  temperature: z.optional(number("a number from 0 to 2", (value) => value >= 0 && value <= 2)),
  top_p: optionalShare,
  top_k: z.optional(wholeFrom(0)),
  min_p: optionalShare,
  seed: z.optional(wholeFrom(0, LARGEST_SEED)),
  stop: z.optional(
    z.array(text.check(z.minLength(1, "should not be empty")), "should be a list of texts in quotes"),
  ),
  timeout: optionalSeconds,
  thinking: z.optional(choice(["off", "low", "medium", "high"])),
});

const optionalAmount = z.optional(
  number("an amount of US dollars, 0 or more", (value) => value >= 0 && Number.isFinite(value)),
);

/** Prices are in US dollars for a million tokens. */
const modelSettings = table({
  context_window: z.optional(wholeFrom(LEAST_CONTEXT)),
  max_output: countFromOne,
  input_price: optionalAmount,
  output_price: optionalAmount,
  cache_read_price: optionalAmount,
  cache_write_price: optionalAmount,
});

const models = table({
  aliases: z.optional(named(model)),
  settings: z.optional(keyed(MODEL_FORM, "is no model", modelSettings)),
  folder: z.optional(text.check(z.refine(isRooted, "should be an absolute path, or begin with ~/"))),
  context_size: z.optional(wholeFrom(LEAST_CONTEXT)),
  threads: countFromOne,
  acceleration: z.optional(choice(["auto", "none"])),
  idle_unload: z.optional(
    number("a number of seconds, 0 for never", (value) => value >= 0 && Number.isFinite(value)),
  ),
  keep_context: optionalFlag,
});

/** In a file that several folders share, a relative path would be another one in each. */
function isRooted(value: string): boolean {
  return isAbsolute(value) || /^~[\\/]/.test(value) || value.includes("${");
}

export const configurationSchema = table({
  model: z.optional(model),
  fallback: z.optional(z.array(model, `should be a list of ${MODEL_FORM.what}`)),
  chat: z.optional(chat),
  tools: toolRules,
  models: z.optional(models),
  providers: z.optional(providers),
  mcp: z.optional(
    table({ wait: optionalSeconds, max_calls: countFromOne, servers: z.optional(named(server)) }),
  ),
  mcp_server: z.optional(
    table({
      stdio_enabled: optionalFlag,
      sse_enabled: optionalFlag,
      host: optionalText,
      port: z.optional(
        number("a port from 0 to 65535", (value) => Number.isInteger(value) && value >= 0 && value < 65_536),
      ),
    }),
  ),
  limits: z.optional(
    table({ per_run: optionalAmount, per_session: optionalAmount, per_day: optionalAmount }),
  ),
  attachments: z.optional(table({ max_bytes: countFromOne, private_urls: optionalFlag })),
  supervisor: z.optional(
    table({ max_restarts: z.optional(wholeFrom(0, MOST_RESTARTS)), max_seconds: optionalSeconds }),
  ),
});

/** A configuration file's content, and what overrides it: every key optional, names and units as in the file. */
export type RawConfiguration = z.infer<typeof configurationSchema>;
export type RawProvider = z.infer<typeof provider>;
export type RawModelSettings = z.infer<typeof modelSettings>;
export type RawServer = z.infer<typeof server>;

/** Checks a parsed file. All its problems are given, in the order of the keys. */
export function checkConfiguration(tree: unknown): { values: RawConfiguration } | { problems: Problem[] } {
  const result = configurationSchema.safeParse(tree);
  if (result.success) return { values: result.data };
  return { problems: result.error.issues.flatMap(problemsOf) };
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== "unrecognized_keys") return [{ key: keyPath(issue.path), text: issue.message }];
  const lines = issue.message.split("\n");
  return issue.keys.map((key, index) => ({
    key: keyPath([...issue.path, key]),
    text: lines[index] ?? "unknown key",
  }));
}
