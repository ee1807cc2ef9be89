/**
 * Writes a model for people and benches:
 *   bun scripts/gguf/main.ts bigram FILE [--sentence TEXT] [--thinking TEXT] [--endless] [SIZES]
 *   bun scripts/gguf/main.ts random FILE [--megabytes N] [--embedding N] [--seed N] [--ends] [SIZES]
 *   SIZES: --layers N, --feed-forward N, --context N, --encoding f32|f16|q8_0
 */
import { parseArgs } from "node:util";
import { bigramModel } from "./bigram.ts";
import { BLOCKS, type Encoding, type Gguf } from "./format.ts";
import { randomModel } from "./random.ts";
import { writeGguf } from "./write.ts";

const USAGE =
  "usage: bun scripts/gguf/main.ts bigram|random FILE [options]; the options are in the file itself";
const SENTENCE = "Hello from a tiny llama running inside mcpchat.";

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      sentence: { type: "string", default: SENTENCE },
      thinking: { type: "string" },
      endless: { type: "boolean", default: false },
      megabytes: { type: "string" },
      embedding: { type: "string" },
      seed: { type: "string" },
      ends: { type: "boolean", default: false },
      layers: { type: "string" },
      "feed-forward": { type: "string" },
      context: { type: "string" },
      encoding: { type: "string", default: "f32" },
    },
  });
}

type Values = ReturnType<typeof readArguments>["values"];

function number<Name extends string>(name: Name, text: string | undefined): { [Key in Name]?: number } {
  if (text === undefined) return {};
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name}: ${text} is no whole number above 0`);
  // A computed name has the type of any string.
  return { [name]: value } as { [Key in Name]?: number };
}

function isEncoding(text: string): text is Encoding {
  return Object.hasOwn(BLOCKS, text);
}

function describe(kind: string | undefined, values: Values): Gguf {
  const { sentence, thinking, endless, ends, encoding } = values;
  if (!isEncoding(encoding)) throw new Error(`encoding: there are ${Object.keys(BLOCKS).join(", ")}`);
  const sizes = {
    encoding,
    ...number("layers", values.layers),
    ...number("feedForward", values["feed-forward"]),
    ...number("contextLength", values.context),
  };
  if (kind === "bigram") return bigramModel({ ...sizes, sentence, endless, ...(thinking && { thinking }) });
  if (kind !== "random") throw new Error(USAGE);
  const { megabytes, embedding, seed } = values;
  const noise = {
    ...number("megabytes", megabytes),
    ...number("embedding", embedding),
    ...number("seed", seed),
  };
  return randomModel({ ...sizes, ...noise, ends });
}

async function main(): Promise<string> {
  const { positionals, values } = readArguments();
  const [kind, file] = positionals;
  if (file === undefined) throw new Error(USAGE);
  const gguf = describe(kind, values);
  const bytes = await writeGguf(file, gguf);
  const size = (key: string) => gguf.metadata.get(`llama.${key}`)?.value;
  return (
    `${file}: ${kind}, ${(bytes / 1e6).toFixed(1)} MB, ${size("block_count")} layers, ` +
    `embedding ${size("embedding_length")}, feed forward ${size("feed_forward_length")}, ` +
    `${size("vocab_size")} tokens, context ${size("context_length")}`
  );
}

try {
  console.log(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
