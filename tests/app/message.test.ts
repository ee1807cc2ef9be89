import { describe, expect, test } from "bun:test";
import { truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { composeMessage, readAttachments, textOrFile } from "../../src/app/message.ts";
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
      "everything in order",
      { prompt: "ask", stdin: "in", files: [file, { name: "b", text: "" }] },
      "ask\n\nin\n\nFile a.txt:\n\ncontent\n\nFile b:\n\n",
    ],
  ])("%s", (_what, parts, message) => {
    expect(composeMessage(parts)).toBe(message);
  });
});

describe("attachments", () => {
  test("are read in order, by the names they were given", () => {
    const folder = temporaryFolder();
    const [one, two] = [path.join(folder, "one"), path.join(folder, "two")];
    writeFileSync(one, "1");
    writeFileSync(two, "2");
    expect(readAttachments([two, one])).toEqual([
      { name: two, text: "2" },
      { name: one, text: "1" },
    ]);
  });

  test("one that is missing, a folder, no text, or too large is a usage error that names it", () => {
    const folder = temporaryFolder();
    const [missing, binary, large] = ["missing", "binary", "large"].map((name) => path.join(folder, name));
    if (!missing || !binary || !large) throw new Error("unreachable");
    writeFileSync(binary, Uint8Array.of(0x89, 0x50, 0x00, 0xff));
    writeFileSync(large, "");
    truncateSync(large, 10 * 1024 * 1024 + 1);
    for (const name of [missing, folder, binary, large]) {
      const read = () => readAttachments([name]);
      expect(read).toThrow(UsageError);
      expect(read).toThrow(name);
    }
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
