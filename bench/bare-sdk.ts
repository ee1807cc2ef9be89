/** What an answer is measured against: each SDK alone, in the loop that its documentation shows. */
import { join } from "node:path";

const OPENAI = `
import { OpenAI } from "openai";
const { URL: url, MODEL: model } = process.env;
const client = new OpenAI({ apiKey: "key", baseURL: url + "/v1", maxRetries: 0 });
const messages = [{ role: "user", content: "question" }];
const stream = await client.chat.completions.create({ model, messages, stream: true });
for await (const chunk of stream) {
  const text = chunk.choices[0]?.delta?.content;
  if (text) process.stdout.write(text);
}
`;

const RESPONSES = `
import { OpenAI } from "openai";
const { URL: url, MODEL: model } = process.env;
const client = new OpenAI({ apiKey: "key", baseURL: url + "/v1", maxRetries: 0 });
const stream = await client.responses.create({ model, input: "question", stream: true });
for await (const event of stream) {
  if (event.type === "response.output_text.delta") process.stdout.write(event.delta);
}
`;

const ANTHROPIC = `
import Anthropic from "@anthropic-ai/sdk";
const { URL: url, MODEL: model } = process.env;
const client = new Anthropic({ apiKey: "key", baseURL: url, maxRetries: 0 });
const messages = [{ role: "user", content: "question" }];
const stream = await client.messages.create({ model, max_tokens: 4096, messages, stream: true });
for await (const event of stream) {
  if (event.type === "content_block_delta" && event.delta.type === "text_delta") {
    process.stdout.write(event.delta.text);
  }
}
`;

export const BARE_LOOPS = { anthropic: ANTHROPIC, openai: OPENAI, responses: RESPONSES } as const;

/** Compiles a loop into `folder`, which has to lie below the SDKs; returns the path of the executable. */
export async function compileLoop(folder: string, name: keyof typeof BARE_LOOPS): Promise<string> {
  const entry = join(folder, `${name}.ts`);
  const outfile = join(folder, name);
  await Bun.write(entry, BARE_LOOPS[name]);
  await Bun.build({
    entrypoints: [entry],
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
  });
  return outfile;
}
