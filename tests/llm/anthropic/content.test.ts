import { describe, expect, test } from "bun:test";
import type { Media } from "../../../src/lib/conversation.ts";
import { assistant, bodyFor, call, from, result, text } from "./recipients.ts";

const PNG: Media = { mediaType: "image/png", data: "aVZC", name: "a.png" };
const PDF: Media = { mediaType: "application/pdf", data: "JVBE", name: "paper.pdf" };
const TIFF: Media = { mediaType: "image/tiff", data: "SUkq", name: "scan.tiff" };
const png = { type: "image", source: { type: "base64", media_type: "image/png", data: "aVZC" } };
const pdf = {
  type: "document",
  source: { type: "base64", media_type: "application/pdf", data: "JVBE" },
  title: "paper.pdf",
};
const media = (of: Media) => ({ type: "media" as const, ...of });

describe("what a user shows", () => {
  test("images and documents stand where they were put", () => {
    const messages = [from(text("this"), media(PNG), text("and this"), media(PDF))];
    expect(bodyFor({ messages }).messages[0]?.content).toEqual([
      { type: "text", text: "this" },
      png,
      { type: "text", text: "and this" },
      pdf,
    ] as never);
  });

  test("a document without a name has no title", () => {
    const { name: _, ...nameless } = PDF;
    expect(bodyFor({ messages: [from(media(nameless))] }).messages[0]?.content[0]).not.toHaveProperty(
      "title",
    );
  });

  test("what the API does not look at is named", () => {
    expect(bodyFor({ messages: [from(media(TIFF))] }).messages[0]?.content).toEqual([
      { type: "text", text: "[scan.tiff, image/tiff, 3 bytes]" },
    ]);
  });
});

describe("results of tools", () => {
  const contentOf = (...results: ReturnType<typeof result>[]) =>
    bodyFor({
      messages: [from(text("go")), assistant(...results.map(({ callId }) => call(callId))), from(...results)],
    }).messages[2]?.content;

  test("hold their text, then what it is about", () => {
    expect(contentOf({ ...result("1"), ...{ media: [PNG, TIFF, PDF] } })).toEqual([
      {
        type: "tool_result",
        tool_use_id: "1",
        content: [
          { type: "text", text: "done" },
          png,
          { type: "text", text: "[scan.tiff, image/tiff, 3 bytes]" },
          pdf,
        ],
      },
    ] as never);
  });

  test("of a failure hold text alone, and what it shows follows all results", () => {
    const failed = { ...result("1", { isError: true }), ...{ media: [PNG] } };
    expect(contentOf(failed, result("2"))).toEqual([
      { type: "tool_result", tool_use_id: "1", content: "done", is_error: true },
      { type: "tool_result", tool_use_id: "2", content: "done" },
      png,
    ] as never);
  });

  test("of three calls at once are in one message, in their order", () => {
    const blocks = contentOf(result("c"), result("a"), result("b"));
    expect(blocks).toEqual(
      ["c", "a", "b"].map((id) => ({ type: "tool_result" as const, tool_use_id: id, content: "done" })),
    );
  });
});
