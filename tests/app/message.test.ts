import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { composeMessage, textOrFile } from "../../src/app/message.ts";
import { UsageError } from "../../src/lib/errors.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

describe("a message", () => {
  const file = { name: "a.txt", text: "content\n" };
  test.each([
    ["nothing", { prompt: "", files: [] }, ""],
    ["a prompt", { prompt: "ask", files: [] }, "ask"],
    ["stdin alone", { prompt: "", stdin: "text\n", files: [] }, "text"],
    ["stdin keeps all but its last newline", { prompt: "", stdin: "text\n\n", files: [] }, "text\n"],
    ["prompt, a blank line, stdin", { prompt: "ask", stdin: "text\n", files: [] }, "ask\n\ntext"],
    ["blank stdin counts as none", { prompt: "ask", stdin: " \n", files: [] }, "ask"],
    ["a file under its name", { prompt: "", files: [file] }, "File a.txt:\n\ncontent"],
    [
      "media that are to be told apart",
      { prompt: "ask", files: [file], media: ["a.png", "b.pdf"] },
      "ask\n\nFile a.txt:\n\ncontent\n\nAttached, in this order: a.png, b.pdf",
    ],
    [
      "everything in order",
      { prompt: "ask", stdin: "in", files: [file, { name: "b", text: "" }] },
      "ask\n\nin\n\nFile a.txt:\n\ncontent\n\nFile b:\n\n",
    ],
  ])("%s", (_what, parts, message) => {
    expect(composeMessage(parts)).toBe(message);
  });
});

describe("a text or a file", () => {
  test("a text stands for itself, and one behind an @ for a file's content", () => {
    const file = path.join(temporaryFolder(), "system.txt");
    writeFileSync(file, "Be brief.");
    expect(textOrFile("Be long.")).toBe("Be long.");
    expect(textOrFile(`@${file}`)).toBe("Be brief.");
    expect(() => textOrFile("@/nowhere/at/all")).toThrow(UsageError);
  });
});
