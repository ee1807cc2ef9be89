import { describe, expect, test } from "bun:test";
import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/client";
import { toOutcome } from "../../../src/mcp/client/calls/outcome.ts";

const PNG = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.alloc(10)]);
const PNG_DATA = PNG.toString("base64");
const image = (data = PNG_DATA, mimeType = "image/png"): ContentBlock => ({ type: "image", data, mimeType });
const media = (...content: ContentBlock[]) => toOutcome({ content } as CallToolResult).media; // Blocks are all it needs.

describe("the media of a result", () => {
  test("go with the text that names them, as what their bytes are", () => {
    const pdf = Buffer.from("%PDF-1.7\n").toString("base64");
    const content: ContentBlock[] = [
      { type: "text", text: "before" },
      image(PNG_DATA, "text/plain"),
      { type: "resource", resource: { uri: "file:///dir/a.pdf", blob: pdf, mimeType: "image/png" } },
    ];
    expect(toOutcome({ content })).toMatchObject({
      content: "before\n[image text/plain, 18 bytes]\n[resource file:///dir/a.pdf: image/png, 9 bytes]",
      media: [
        { mediaType: "image/png", data: PNG_DATA },
        { mediaType: "application/pdf", data: pdf, name: "a.pdf" },
      ],
    });
  });

  test("are written in the one form of base64 that everybody takes", () => {
    const broken = `${PNG_DATA.slice(0, 8)}\n ${PNG_DATA.slice(8)}`;
    expect(media(image(broken))).toEqual([{ mediaType: "image/png", data: PNG_DATA }]);
    expect(media(image(PNG_DATA.replace(/=+$/, "")))).toEqual([{ mediaType: "image/png", data: PNG_DATA }]);
  });

  test.each([
    ["is no base64", image("not base64!")],
    ["is no image", image(Buffer.from("<svg>").toString("base64"), "image/svg+xml")],
    ["is nothing", image("")],
    ["is a sound", { type: "audio", data: PNG_DATA, mimeType: "audio/wav" }],
    ["is text", { type: "resource", resource: { uri: "a:b", text: PNG_DATA } }],
    ["is too large", image("iVBORw0KGgo".padEnd(16 * 1024 * 1024 + 4, "A"))],
    ["is for the user alone", { ...image(), annotations: { audience: ["user"] } }],
  ] as [string, ContentBlock][])("leave out what %s", (_what, block) => {
    expect(media(block)).toBeUndefined();
  });

  test("are at most 20, and 32 MiB together", () => {
    expect(media(...Array.from({ length: 30 }, () => image()))).toHaveLength(20);
    const large = image("iVBORw0KGgo".padEnd(15 * 1024 * 1024, "A"));
    expect(media(large, large, large, image())).toHaveLength(3);
  });
});
