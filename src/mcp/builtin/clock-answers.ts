/** What the clock answers to a message of JSON-RPC. Pure. */
import { version } from "../../lib/version.ts";
import { clockText } from "./clock-text.ts";

/** The newest first: it is offered to who asks for one that is not here. */
const PROTOCOL_VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

const CODES = { parse: -32_700, request: -32_600, method: -32_601, params: -32_602 } as const;

const TOOL = {
  name: "now",
  title: "Clock",
  description: "The local date and time of this machine, with its time zone.",
  inputSchema: { type: "object", properties: {}, additionalProperties: false },
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
};

type Id = string | number;
type Fields = Record<string, unknown>;
type Outcome = { result: object } | { error: { code: number; message: string } };

/** The answer to a message; undefined for one that wants none: a notification, or an answer to what was never asked. */
export function answerTo(message: unknown, now: Date): object | undefined {
  if (!isObject(message) || message.jsonrpc !== "2.0") return invalidRequest();
  const { id, method, params = {} } = message;
  if (method === undefined && ("result" in message || "error" in message)) return undefined;
  if (typeof method !== "string") return invalidRequest();
  if (id === undefined) return undefined;
  if (!isId(id)) return invalidRequest();
  const outcome = isObject(params)
    ? handle(method, params, now)
    : failure("params", "params must be an object");
  return { jsonrpc: "2.0", id, ...outcome };
}

/** The answer to a line that is not JSON. */
export function parseError(): object {
  return { jsonrpc: "2.0", id: null, ...failure("parse", "not JSON") };
}

function invalidRequest(): object {
  return { jsonrpc: "2.0", id: null, ...failure("request", "not a request of JSON-RPC 2.0") };
}

function handle(method: string, params: Fields, now: Date): Outcome {
  switch (method) {
    case "initialize":
      return initialize(params);
    case "ping":
      return { result: {} };
    case "tools/list":
      return { result: { tools: [TOOL] } };
    case "tools/call":
      return call(params, now);
    default:
      return failure("method", `no method ${method}`);
  }
}

function initialize({ protocolVersion }: Fields): Outcome {
  if (typeof protocolVersion !== "string") return failure("params", "protocolVersion must be a string");
  return {
    result: {
      protocolVersion: PROTOCOL_VERSIONS.includes(protocolVersion) ? protocolVersion : PROTOCOL_VERSIONS[0],
      capabilities: { tools: {} },
      serverInfo: { name: "mcpchat-clock", version },
    },
  };
}

function call({ name, arguments: given = {} }: Fields, now: Date): Outcome {
  if (name !== TOOL.name) return failure("params", `no tool ${JSON.stringify(name)}`);
  if (!isObject(given) || Object.keys(given).length > 0) {
    return failure("params", "now takes no arguments");
  }
  return { result: { content: [{ type: "text", text: clockText(now) }], isError: false } };
}

function failure(code: keyof typeof CODES, message: string): Outcome {
  return { error: { code: CODES[code], message } };
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is Id {
  return typeof value === "string" || typeof value === "number";
}
