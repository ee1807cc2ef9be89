/**
 * What the inference process says, checked where it comes in: a process whose memory llama.cpp has damaged may say
 * anything. Pure.
 */
import type { FromHost, Operation, Operations } from "./protocol.ts";
import {
  type Check,
  isAnything,
  isCount,
  isFlag,
  isNumber,
  isObject,
  isOneOf,
  isText,
  listOf,
  optional,
  shaped,
  variant,
} from "./shapes.ts";

const isProblem = shaped({ code: isText, message: isText, advice: optional(isText) });
const isRow = shaped({ threads: isCount, batchSize: isCount, prompt: isNumber, generation: isNumber });

const isDone = shaped({ stopReason: isOneOf("end", "tool_calls", "max_tokens") });
const isFailed = shaped({ problem: isProblem });

const isEvent = variant({
  alive: isAnything,
  loading: shaped({ path: isText, fraction: isNumber }),
  notice: shaped({ text: isText }),
  text: shaped({ text: isText }),
  thinking: shaped({ text: isText }),
  tool_call: shaped({ id: isText, name: isText, arguments: isObject, raw: optional(isObject) }),
  usage: shaped({ usage: shaped({ evaluated: isNumber, reused: isNumber, generated: isNumber }) }),
});

const isNews = variant({
  loading: shaped({ fraction: isNumber }),
  row: shaped({ row: isRow }),
  event: shaped({ event: isEvent }),
});

const isFromHost = variant({
  ready: isAnything,
  news: shaped({ id: isCount, news: isNews }),
  alive: shaped({ id: isCount }),
  result: shaped({ id: isCount }),
  problem: shaped({ id: isCount, problem: isProblem }),
});

const RESULTS: Readonly<Record<Operation, Check>> = {
  load: shaped({
    path: isText,
    contextSize: isNumber,
    threads: isNumber,
    batchSize: isNumber,
    acceleratedLayers: isNumber,
    layers: isNumber,
    memoryBytes: isNumber,
    loadMs: isNumber,
  }),
  unload: isFlag,
  info: shaped({
    path: isText,
    name: isText,
    architecture: isText,
    quantisation: isText,
    parameters: isNumber,
    layers: isNumber,
    trainedContext: isNumber,
    fileBytes: isNumber,
    parts: isNumber,
    memoryBytes: isNumber,
    contextSize: isNumber,
    hasChatTemplate: isFlag,
  }),
  acceleration: shaped({
    inUse: isOneOf("none", "metal", "cuda", "vulkan"),
    built: listOf(isText),
    reason: optional(isText),
    devices: listOf(isText),
    threads: isNumber,
    memory: shaped({ totalBytes: isNumber, freeBytes: isNumber }),
  }),
  bench: listOf(isRow),
  generate: variant({ done: isDone, failed: isFailed }),
  keep: isFlag,
};

/** The message, if it is one. */
export function readMessage(message: unknown): FromHost | undefined {
  // `isFromHost` has looked at every member but the result's value, which is unknown in the type too.
  return isFromHost(message) ? (message as FromHost) : undefined;
}

/** Whether a value is what an operation comes to. */
export function isResultOf<N extends Operation>(
  operation: N,
  value: unknown,
): value is Operations[N]["result"] {
  return RESULTS[operation](value);
}
