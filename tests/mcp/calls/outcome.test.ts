import { describe, expect, test } from "bun:test";
import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/client";
import { errorOutcome, toOutcome } from "../../../src/mcp/client/calls/outcome.ts";

const text = (words: string, ...audience: ("user" | "assistant")[]): ContentBlock => ({
  type: "text",
  text: words,
  ...(audience.length > 0 && { annotations: { audience } }),
});
const result = (...content: ContentBlock[]): CallToolResult => ({ content });

describe("a result", () => {
  test("names what is not text, and keeps it", () => {
    const content: ContentBlock[] = [
      text("before"),
      { type: "image", data: "AAAA", mimeType: "image/png" },
      { type: "audio", data: "AAA=", mimeType: "audio/wav" },
      { type: "resource_link", uri: "file:///a", name: "a" },
      { type: "resource", resource: { uri: "file:///b", text: "inside" } },
      { type: "resource", resource: { uri: "file:///c", blob: "AA==", mimeType: "application/zip" } },
    ];
    expect(toOutcome({ content })).toEqual({
      isError: false,
      content: [
        "before",
        "[image image/png, 3 bytes]",
        "[audio audio/wav, 2 bytes]",
        "[resource file:///a: a]",
        "[resource file:///b]\ninside",
        "[resource file:///c: application/zip, 1 bytes]",
      ].join("\n"),
      blocks: content,
    });
  });

  test("of one plain text is that text", () => {
    expect(toOutcome(result(text("plain")))).toEqual({ content: "plain", isError: false });
  });

  test("keeps what it was before it was made fit for a model", () => {
    expect(toOutcome(result(text("a\u001b[31mb")))).toMatchObject({
      content: "a\\u{1b}[31mb",
      original: "a\u001b[31mb",
    });
  });

  test("keeps the text when there is structured content as well, and is that content without a text", () => {
    const structuredContent = { sum: 3 };
    const structured = { structured: structuredContent, isError: false };
    expect(toOutcome({ ...result(text("three")), structuredContent })).toEqual({
      content: "three",
      ...structured,
    });
    expect(toOutcome({ content: [], structuredContent })).toEqual({
      content: '{"sum":3}',
      blocks: [],
      ...structured,
    });
  });

  test("with nothing in it says so to the model, and is nothing for a person", () => {
    expect(toOutcome(result())).toEqual({
      content: "[the tool returned nothing]",
      original: "",
      blocks: [],
      isError: false,
    });
  });
});

describe("an audience", () => {
  test("decides who reads a block", () => {
    const blocks = [
      text("both", "user", "assistant"),
      text("person", "user"),
      text("model", "assistant"),
      text("any"),
    ];
    const outcome = toOutcome(result(...blocks));
    expect(outcome.content).toBe("both\nmodel\nany");
    expect(outcome.original).toBe("both\nperson\nany");
    expect(outcome.forUser).toBe("person");
  });

  test("of the user alone leaves the model a line, or the structured content", () => {
    const person = result(text("person", "user"));
    expect(toOutcome(person)).toMatchObject({
      content: "[the result is for the user alone]",
      original: "person",
    });
    expect(toOutcome({ ...person, structuredContent: { a: 1 } }).content).toBe('{"a":1}');
  });

  test("of the model alone hides nothing from a person who asks for all of it", () => {
    expect(toOutcome(result(text("model", "assistant")))).toMatchObject({ content: "model" });
    expect(toOutcome(result(text("model", "assistant"))).original).toBeUndefined();
  });
});

describe("the bound", () => {
  test("is told, with how much is left out", () => {
    const outcome = toOutcome(result(text("x".repeat(50))), 10);
    expect(outcome.content).toBe(`${"x".repeat(10)}\n[40 more characters left out]`);
    expect(outcome.original).toBe("x".repeat(50));
  });

  test("holds for what is written longer to be seen", () => {
    const { content } = toOutcome(result(text("\u200b".repeat(6))), 10);
    expect(content).toStartWith("\\u{200b}\\u\n[");
  });

  test("holds for errors, which hide nothing either", () => {
    expect(errorOutcome("a\u200b")).toEqual({ content: "a\\u{200b}", isError: true });
    expect(errorOutcome("x".repeat(300_000)).content.length).toBeLessThan(200_100);
  });

  test("makes 50 MB as cheap as a little more than it lets through", () => {
    const hostile = "\u200b".repeat(25_000_000);
    const padding = `${"=".repeat(25_000_000)}A`;
    const image: ContentBlock = { type: "image", data: padding, mimeType: "image/png" };
    // A pattern for the padding would take hours over the second.
    expect(toOutcome(result(text(hostile))).content.length).toBeLessThan(200_100);
    expect(toOutcome(result(image)).content).toContain("18750000 bytes");
  });
});
