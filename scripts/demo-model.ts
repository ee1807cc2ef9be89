/** The demo model that is built into the executable. */
import { HEAD_SIZE, ROPE_BASE } from "./demo/attention.ts";
import { demoCircuit } from "./demo/circuit.ts";
import { demoTemplate } from "./demo/template.ts";
import { MODEL_NAME } from "./demo/texts.ts";
import { demoTokens } from "./demo/tokens.ts";
import { llamaModel } from "./gguf/llama.ts";
import { ggufBytes } from "./gguf/write.ts";

const CONTEXT_LENGTH = 4096;

/** The model as the bytes of a GGUF file, the same each time. */
export function buildDemoModel(): Uint8Array {
  const tokens = demoTokens();
  const { embedding, weights } = demoCircuit(tokens);
  const shape = {
    name: MODEL_NAME,
    contextLength: CONTEXT_LENGTH,
    vocabulary: tokens.vocabulary,
    chatTemplate: demoTemplate(),
    embedding,
    headSize: HEAD_SIZE,
    heads: 1,
    ropeBase: ROPE_BASE,
    layers: 2,
    feedForward: 32,
    encoding: "q8_0",
  } as const;
  return ggufBytes(llamaModel(shape, weights));
}
