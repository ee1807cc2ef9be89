import { describe, expect, test } from "bun:test";
import { fitMedia } from "../../src/chat/result-media.ts";
import { Toolbox } from "../../src/chat/toolbox.ts";
import type { ToolOutcome } from "../../src/mcp/client/port.ts";
import { noisyPng, pdf, plainPng } from "../attachments/pictures.ts";
import { scriptedHost, tool } from "./scripted.ts";

const medium = (mediaType: string, bytes: Uint8Array, name?: string) => ({
  mediaType,
  data: Buffer.from(bytes).toString("base64"),
  ...(name !== undefined && { name }),
});

describe("media of a tool", () => {
  test("that providers take are left as they are", async () => {
    const media = [medium("image/png", plainPng()), medium("application/pdf", pdf(), "a.pdf")];
    expect(await fitMedia(media)).toEqual({ media, remarks: [] });
  });

  test("that they would refuse are scaled down, of which the model is told", async () => {
    // A picture of a whole page is longer than a provider takes.
    const { media, remarks } = await fitMedia([medium("image/png", plainPng(100, 8570))]);
    expect(remarks).toEqual([
      expect.stringMatching(
        /^\[the image is scaled down from 100x8570 pixels and [\d.]+ k?B to 23x2000 and /,
      ),
    ]);
    expect(media).toHaveLength(1);
    const large = await fitMedia([medium("image/png", noisyPng(1600, 1200), "shot.png")]);
    expect(large.media[0]?.data.length).toBeLessThan(5 * 1024 * 1024);
  });

  test("that nobody could look at are left out, of which the model is told", async () => {
    const damaged = medium("image/png", plainPng().slice(0, 12), "broken.png");
    const large = medium("application/pdf", pdf(5_000_000), "large.pdf");
    expect(await fitMedia([damaged, large])).toEqual({
      media: [],
      remarks: [
        "[not shown: broken.png: begins as image/png, but is damaged]",
        "[large.pdf is too large to be shown]",
      ],
    });
  });
});

describe("a call whose result holds media", () => {
  async function resultOf(outcome: ToolOutcome) {
    const shoot = tool("browser", "shoot");
    const toolbox = new Toolbox({
      host: scriptedHost([shoot], async () => outcome),
      approve: async () => ({ allowed: true }),
      only: [],
      callTimeoutMs: () => 1000,
    });
    const call = { type: "tool_call", id: "1", name: "browser__shoot", arguments: {} } as const;
    const { results } = await toolbox.run([call], () => {}, new AbortController().signal);
    return results[0];
  }

  test("answers with them beside the text", async () => {
    const media = [medium("image/png", plainPng())];
    const content = "[image image/png, 75 bytes]";
    expect(await resultOf({ content, isError: false, media })).toEqual({
      type: "tool_result",
      callId: "1",
      content,
      isError: false,
      media,
    });
  });

  test("says in the text what was changed or left out", async () => {
    const media = [medium("image/png", plainPng().slice(0, 12), "a\u200b.png")];
    expect(await resultOf({ content: "shot", isError: false, media })).toEqual({
      type: "tool_result",
      callId: "1",
      content: "shot\n[not shown: a\\u{200b}.png: begins as image/png, but is damaged]",
      isError: false,
    });
  });
});
