/** The options of a run, in the order in which the help shows them. */
import type { OptionTable } from "./parse.ts";

/** Understood by every command. */
export const COMMON_OPTIONS = {
  config: {
    type: "string",
    valueHint: "FILE",
    description: "Use this configuration file instead of the user's",
  },
  quiet: { type: "boolean", alias: "q", description: "Errors only on stderr" },
  verbose: { type: "boolean", alias: "v", description: "Tell more on stderr" },
  help: { type: "boolean", alias: "h", description: "Show this help" },
} as const satisfies OptionTable;

/** Which servers and tools there are, and which may be used without asking. */
export const TOOL_OPTIONS = {
  server: {
    type: "string",
    multiple: true,
    valueHint: "NAME",
    description: "Use only this MCP server (repeatable)",
  },
  "no-tools": { type: "boolean", description: "Offer no tools to the model" },
  tool: {
    type: "string",
    multiple: true,
    valueHint: "GLOB",
    description: "Offer only these tools (server/tool)",
  },
  allow: {
    type: "string",
    multiple: true,
    valueHint: "GLOB",
    description: "Allow these tools without asking (server/tool)",
  },
  deny: {
    type: "string",
    multiple: true,
    valueHint: "GLOB",
    description: "Deny these tools; wins over every allow",
  },
  yes: { type: "boolean", description: "Allow every tool that is not denied" },
  strict: { type: "boolean", description: "Exit with 7 when a tool was denied" },
  require: {
    type: "string",
    multiple: true,
    valueHint: "SERVER",
    description: "Exit with 6 unless this server is ready in time",
  },
  wait: {
    type: "string",
    valueHint: "SECONDS",
    description: "Longest wait for servers without a known tool list (10)",
  },
} as const satisfies OptionTable;

export const RUN_OPTIONS = {
  model: {
    type: "string",
    alias: "m",
    valueHint: "PROVIDER/MODEL",
    description: "The model to talk to, or its alias; local/NAME or the path of a .gguf file runs it in here",
  },
  fallback: {
    type: "string",
    multiple: true,
    valueHint: "PROVIDER/MODEL",
    description: "Ask this model if the first one is away (repeatable, or with commas between)",
  },
  system: { type: "string", alias: "s", valueHint: "TEXT|@FILE", description: "The system prompt" },
  file: {
    type: "string",
    alias: "f",
    multiple: true,
    valueHint: "PATH|URL",
    description: "Attach a text, an image or a PDF (repeatable)",
  },
  continue: { type: "boolean", alias: "c", description: "Go on with the latest session" },
  resume: { type: "string", alias: "r", valueHint: "ID", description: "Go on with this session" },
  session: {
    type: "string",
    valueHint: "NAME",
    description: "Go on with the session of this name, or begin it",
  },
  ...TOOL_OPTIONS,
  output: { type: "string", alias: "o", valueHint: "text|json|ndjson", description: "Form of the output" },
  json: { type: "boolean", description: "The same as -o json" },
  schema: {
    type: "string",
    valueHint: "FILE|JSON",
    description: "Have the answer be JSON of this schema, and print what it says",
  },
  raw: { type: "boolean", description: "Print what the model wrote as it is, control characters too" },
  "no-stream": { type: "boolean", description: "Print the answer when it is whole" },
  "max-tokens": { type: "string", valueHint: "N", description: "Most tokens of one answer" },
  temperature: { type: "string", valueHint: "T", description: "Sampling temperature" },
  "top-p": { type: "string", valueHint: "P", description: "Only the likeliest tokens of this probability" },
  "top-k": { type: "string", valueHint: "N", description: "Only so many of the likeliest tokens" },
  "min-p": { type: "string", valueHint: "P", description: "Only tokens at least this likely" },
  seed: {
    type: "string",
    valueHint: "N",
    description: "Where chance begins: the same again, the same answer",
  },
  stop: {
    type: "string",
    multiple: true,
    valueHint: "TEXT",
    description: "End the answer before this text (repeatable)",
  },
  "max-turns": { type: "string", valueHint: "N", description: "Most requests to the model (25)" },
  "max-cost": { type: "string", valueHint: "USD", description: "Most that the run may cost, in US dollars" },
  thinking: {
    type: "string",
    valueHint: "EFFORT",
    description: "How long the model is to think: off, low, medium or high",
  },
  timeout: { type: "string", valueHint: "SECONDS", description: "Longest time for everything" },
  "no-stdin": { type: "boolean", description: "Do not read standard input" },
  "log-level": { type: "string", valueHint: "LEVEL", description: "debug, info, warn, error or off (info)" },
  "no-save": { type: "boolean", description: "Keep nothing of this conversation" },
  ...COMMON_OPTIONS,
} as const satisfies OptionTable;
