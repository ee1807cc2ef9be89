import { expect, test } from "bun:test";
import { mediaLabel } from "../../src/lib/conversation.ts";

test.each([69, 70, 71, 72])(
  "the label of a medium of %d bytes tells its size, whatever its base64 is padded with",
  (size) => {
    const data = Buffer.alloc(size, 7).toString("base64");
    expect(mediaLabel({ mediaType: "image/png", data, name: "a.png" })).toBe(
      `[a.png, image/png, ${size} bytes]`,
    );
    expect(mediaLabel({ mediaType: "image/png", data })).toBe(`[image/png, ${size} bytes]`);
  },
);
