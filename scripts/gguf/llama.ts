/** What every model of the architecture `llama` has in its file: metadata, tokenizer, and the tensors by name. */
import { CONTROLS } from "./chat-template.ts";
import { type Encoding, FILE_TYPES, type Gguf, type MetadataValue, type Tensor } from "./format.ts";
import type { Vocabulary } from "./vocabulary.ts";

export interface LlamaShape {
  name: string;
  /** Tokens of context that it claims to be trained for. */
  contextLength: number;
  vocabulary: Vocabulary;
  chatTemplate: string;
  /** Numbers for each token. */
  embedding: number;
  headSize: number;
  /** As many as the embedding fills, unless it says otherwise. */
  heads?: number;
  layers: number;
  feedForward: number;
  encoding: Encoding;
  /** The base of the rotation that tells positions apart. */
  ropeBase?: number;
}

/** What a row of a matrix holds, as `Tensor.fill`. A matrix that is not named is all zeros. */
export type Weights = (tensor: string) => Tensor["fill"] | undefined;

const u32 = (value: number): MetadataValue => ({ type: "u32", value });
const text = (value: string): MetadataValue => ({ type: "string", value });
const ones: Tensor["fill"] = (row) => void row.fill(1);
const zeros: Tensor["fill"] = () => undefined;

/** A model of this shape; its norms do nothing but norm. */
export function llamaModel(shape: LlamaShape, weights: Weights): Gguf {
  const { embedding, feedForward, vocabulary, encoding } = shape;
  const attention = headsOf(shape) * shape.headSize;
  const matrix = (name: string, columns: number, rows: number): Tensor => ({
    name: `${name}.weight`,
    shape: [columns, rows],
    encoding,
    fill: weights(name) ?? zeros,
  });
  const norm = (name: string): Tensor => ({
    name: `${name}.weight`,
    shape: [embedding],
    encoding: "f32",
    fill: ones,
  });
  const layer = (index: number): Tensor[] => [
    norm(`blk.${index}.attn_norm`),
    ...["attn_q", "attn_k", "attn_v"].map((name) => matrix(`blk.${index}.${name}`, embedding, attention)),
    matrix(`blk.${index}.attn_output`, attention, embedding),
    norm(`blk.${index}.ffn_norm`),
    matrix(`blk.${index}.ffn_gate`, embedding, feedForward),
    matrix(`blk.${index}.ffn_up`, embedding, feedForward),
    matrix(`blk.${index}.ffn_down`, feedForward, embedding),
  ];
  const tensors = [
    matrix("token_embd", embedding, vocabulary.tokens.length),
    ...Array.from({ length: shape.layers }, (_, index) => layer(index)).flat(),
    norm("output_norm"),
    matrix("output", embedding, vocabulary.tokens.length),
  ];
  return { metadata: metadataOf(shape), tensors };
}

function headsOf({ heads, embedding, headSize }: LlamaShape): number {
  return heads ?? embedding / headSize;
}

function metadataOf(shape: LlamaShape): Gguf["metadata"] {
  const { vocabulary, embedding, headSize } = shape;
  return new Map<string, MetadataValue>([
    ["general.architecture", text("llama")],
    ["general.name", text(shape.name)],
    ["general.file_type", u32(FILE_TYPES[shape.encoding])],
    ["llama.context_length", u32(shape.contextLength)],
    ["llama.embedding_length", u32(embedding)],
    ["llama.block_count", u32(shape.layers)],
    ["llama.feed_forward_length", u32(shape.feedForward)],
    ["llama.attention.head_count", u32(headsOf(shape))],
    ["llama.attention.head_count_kv", u32(headsOf(shape))],
    ["llama.attention.key_length", u32(headSize)],
    ["llama.attention.value_length", u32(headSize)],
    ["llama.attention.layer_norm_rms_epsilon", { type: "f32", value: 1e-5 }],
    ["llama.rope.dimension_count", u32(headSize)],
    ["llama.rope.freq_base", { type: "f32", value: shape.ropeBase ?? 10_000 }],
    ["llama.vocab_size", u32(vocabulary.tokens.length)],
    ["tokenizer.ggml.model", text("rwkv")],
    ["tokenizer.ggml.tokens", { type: "strings", value: vocabulary.tokens }],
    ["tokenizer.ggml.token_type", { type: "i32s", value: vocabulary.kinds }],
    ["tokenizer.ggml.bos_token_id", u32(vocabulary.id(CONTROLS.begin))],
    ["tokenizer.ggml.eos_token_id", u32(vocabulary.id(CONTROLS.end))],
    ["tokenizer.ggml.eot_token_id", u32(vocabulary.id(CONTROLS.end))],
    ["tokenizer.ggml.add_bos_token", { type: "bool", value: false }],
    ["tokenizer.ggml.add_space_prefix", { type: "bool", value: false }],
    ["tokenizer.chat_template", text(shape.chatTemplate)],
  ]);
}
