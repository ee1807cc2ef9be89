/**
 * The library called directly, in one process: what mcpchat's own inference is measured against. Prints a line of JSON.
 *
 *   bun bench/bare-llama.ts MODEL TOKENS THREADS
 */
import { getLlama, LlamaChat, LlamaLogLevel } from "node-llama-cpp";

const [, , modelPath = "", tokens = "128", threads = "1"] = process.argv;
const llama = await getLlama({
  build: "never",
  gpu: false,
  progressLogs: false,
  skipDownload: true,
  logLevel: LlamaLogLevel.disabled,
  maxThreads: Number(threads),
});
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({ contextSize: { max: 8192 }, threads: Number(threads) });
const chat = new LlamaChat({ contextSequence: context.getSequence() });
const began = performance.now();
let firstAt = 0;
let generated = 0;
const history = [
  { type: "user" as const, text: "Tell me something." },
  { type: "model" as const, response: [] },
];
await chat.generateResponse(history, {
  maxTokens: Number(tokens),
  onResponseChunk: (chunk) => {
    if (chunk.text === "") return;
    firstAt ||= performance.now();
    generated += chunk.tokens.length;
  },
});
const ms = performance.now() - firstAt;
console.log(JSON.stringify({ perSecond: ((generated - 1) / ms) * 1000, firstMs: firstAt - began }));
process.exit(0);
