import { describe, expect, test } from "bun:test";
import {
  estimateBlock,
  estimateMessage,
  estimateSurroundings,
  remembering,
} from "../../../src/chat/context/estimate.ts";
import { estimateMedia } from "../../../src/chat/context/media-tokens.ts";
import { estimateText } from "../../../src/chat/context/text-tokens.ts";
import type { Block, Message } from "../../../src/lib/conversation.ts";

const PROSE =
  "The supervisor restarts what has crashed, waits a little longer each time, and gives up when it happens too often.";
const JSON_TEXT = JSON.stringify({
  name: "files",
  ids: [1024, 2048],
  nested: { path: "/a/b.txt", ok: true },
});
const KEY = "c2VjcmV0IGtleSBvZiBhIHByb3ZpZGVyIHRoYXQgaXMgbm90IG9uZQ";

const LISTING = Array.from(
  { length: 200 },
  (_, n) => `-rw-r--r--  1 root root  ${n * 977} Nov 24 01:${n % 60} file-${n}.test.ts`,
).join("\n");
const TABLE = Array.from(
  { length: 200 },
  (_, n) => `${n},${(n * 7919) % 100_000},${(n * 0.37).toFixed(3)}`,
).join("\n");

/** Tokens as counted with tiktoken's o200k_base and cl100k_base. */
test.each([
  ["prose", PROSE, 24, 24],
  ["JSON", JSON_TEXT, 26, 25],
  ["a key", KEY, 37, 40],
  [
    "code",
    "for (let index = 0; index < text.length; index++) {\n  total += weights[index] ?? 0;\n}\n",
    27,
    27,
  ],
  [
    "German",
    "Die Überwachung startet neu, was abgestürzt ist, wartet jedes Mal etwas länger und gibt irgendwann auf.",
    21,
    31,
  ],
  ["Russian", "Супервизор перезапускает то, что упало, и каждый раз ждёт немного дольше.", 24, 35],
  ["Chinese", "监督程序会重新启动已崩溃的部分，每次等待的时间都会更长一些。", 22, 31],
  ["Japanese", "スーパーバイザーはクラッシュしたものを再起動し、毎回少し長く待ちます。", 26, 36],
  ["emoji", "🙂🚀🎉👩‍💻🔥🙈", 13, 21],
  ["a listing of files", LISTING, 5597, 5597],
  ["a table of numbers", TABLE, 1796, 1796],
])("%s is not taken for much less than it is, nor for twice as much", (_, text, one, other) => {
  const most = Math.max(one, other);
  expect(estimateText(text)).toBeGreaterThanOrEqual(most * 0.85);
  expect(estimateText(text)).toBeLessThanOrEqual(most * 1.6);
});

test("nothing is nothing, and a text is about as much as its halves", () => {
  expect(estimateText("")).toBe(0);
  const [half, whole] = [estimateText(PROSE), estimateText(PROSE + PROSE)];
  expect(Math.abs(whole - half * 2)).toBeLessThanOrEqual(1);
});

describe("media", () => {
  const pdf = (content: string) => ({
    mediaType: "application/pdf",
    data: Buffer.from(content).toString("base64"),
  });
  const pages = (count: number) =>
    Array.from({ length: count }, () => "<< /Type /Page /Parent 2 0 R >>").join("\n");

  test.each([
    ["whose pages can be seen", `%PDF-1.4\n<< /Type /Pages /Count 3 >>\n${pages(3)}`, 3],
    ["whose page tree alone can be seen", "%PDF-1.7\n<</Type/Pages/Count 12>>", 12],
    ["of which nothing can be seen", `%PDF-1.7\n${"x".repeat(120_000)}`, 3],
    ["that claims to be endless", "%PDF-1.7\n<</Type/Pages/Count 99999>>", 1000],
    ["that is empty", "", 1],
  ])("a PDF %s", (_, content, count) => {
    expect(estimateMedia(pdf(content))).toBe(count * 2500);
  });

  test("an image has one size, whatever its file has", () => {
    expect(estimateMedia({ mediaType: "image/png", data: "a".repeat(4_000_000) })).toBe(1600);
  });
});

test("every kind of block counts with all it holds", () => {
  const long = "word ".repeat(100);
  const image = { mediaType: "image/png", data: "" };
  const blocks: Block[] = [
    { type: "text", text: long },
    { type: "thinking", text: long },
    { type: "tool_call", id: "1", name: "t", arguments: { long } },
    { type: "tool_call", id: "1", name: "t", arguments: {}, invalidArguments: long },
    { type: "tool_result", callId: "1", content: long, isError: false },
  ];
  for (const block of blocks) expect(estimateBlock(block)).toBeGreaterThanOrEqual(estimateText(long));
  expect(estimateBlock({ type: "thinking", text: "", signature: "s".repeat(400) })).toBe(100);
  const result: Block = { type: "tool_result", callId: "1", content: "", isError: false };
  expect(estimateBlock({ ...result, media: [image, image] }) - estimateBlock(result)).toBeGreaterThan(3200);
});

test("system prompt, tools and schema are counted", () => {
  expect(estimateSurroundings({ tools: [] })).toBe(0);
  const schema = { type: "object", properties: { name: { type: "string" } } };
  const tools = [{ name: "read", description: "reads", inputSchema: schema }];
  const sizes = [{ tools, schema, system: PROSE }, { tools, schema }, { tools }].map(estimateSurroundings);
  expect(sizes).toEqual(sizes.toSorted((one, other) => other - one));
  expect(new Set(sizes).size).toBe(3);
});

test("a message is looked at once, and again when it has grown", () => {
  let looked = 0;
  const size = remembering((message) => {
    looked++;
    return estimateMessage(message);
  });
  const message: Message = { role: "assistant", blocks: [{ type: "text", text: "one" }] };
  expect(size(message)).toBe(size(message));
  expect(looked).toBe(1);
  const before = size(message);
  message.blocks.push({ type: "text", text: "two" });
  expect(size(message)).toBeGreaterThan(before);
});
