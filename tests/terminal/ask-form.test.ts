import { describe, expect, test } from "bun:test";
import { askForm, type FormField } from "../../src/terminal/ask-form.ts";
import type { LineInput } from "../../src/terminal/line-editor-port.ts";

const forever = new AbortController().signal;

/** An editor whose person has these lines and keys ready; `undefined` for Ctrl-C. */
function editorWith(lines: (string | undefined)[], keys: (string | undefined)[] = ["y"]) {
  const screen: string[] = [];
  return {
    screen,
    left: () => lines.length + keys.length,
    print: (text: string) => void screen.push(text),
    read: async (prompt: string): Promise<LineInput> => {
      screen.push(prompt);
      if (lines.length === 0) throw new Error(`nobody answers ${prompt}`);
      const text = lines.shift();
      return text === undefined ? { kind: "end" } : { kind: "line", text };
    },
    key: async (question: string) => {
      screen.push(question);
      return keys.shift();
    },
  };
}

const field = (name: string, changes: Partial<FormField<string>> = {}): FormField<string> => ({
  name,
  label: name,
  expects: "text",
  required: true,
  choices: [],
  read: (text) => (text === "bad" ? { complaint: "Not that." } : { value: text || changes.standard }),
  ...changes,
});

const ask = (editor: ReturnType<typeof editorWith>, ...fields: FormField<string>[]) =>
  askForm(editor, { server: "books", message: "who are you?", fields }, forever);

describe("a form", () => {
  test("shows who asks, then each field, and what will be sent before it is", async () => {
    const editor = editorWith(["Ada", ""]);
    const answer = await ask(
      editor,
      field("name"),
      field("colour", {
        standard: "red",
        choices: ["red", "blue"],
        required: false,
        expects: "the number of one",
      }),
    );
    expect(answer).toEqual({ action: "accept", content: { name: "Ada", colour: "red" } });
    expect(editor.screen).toEqual([
      "server books asks: who are you?",
      "  (? explains a field, . declines, Ctrl-C stops)",
      "  name (text): ",
      "  colour:\n    1) red\n    2) blue",
      "  colour (the number of one) [red]: ",
      "  name: Ada\n  colour: red",
      "Send this to books: [y]es, [n]o? ",
    ]);
  });

  test("without fields is a question of yes or no", async () => {
    expect(await ask(editorWith([]))).toEqual({ action: "accept", content: {} });
  });

  test("explains, complains, and asks again", async () => {
    const editor = editorWith(["?", "bad", "good"]);
    const answer = await ask(editor, field("name", { description: "As in your passport" }));
    expect(answer).toEqual({ action: "accept", content: { name: "good" } });
    expect(editor.screen).toContain("    As in your passport");
    expect(editor.screen).toContain("    Not that.");
  });

  test("leaves out what stays empty", async () => {
    const empty = field("note", { required: false, read: () => ({ value: undefined }) });
    expect(await ask(editorWith([""]), empty)).toEqual({ action: "accept", content: {} });
  });

  test.each<[string, (string | undefined)[], (string | undefined)[], string, string]>([
    ["a dot", ["."], [], "decline", "declined; it is told no"],
    ["a no at the end", ["x", "y"], ["n"], "decline", "declined; it is told no"],
    ["Ctrl-C in a field", [undefined], [], "cancel", "closed without an answer"],
    ["Ctrl-C at the end", ["x", "y"], [undefined], "cancel", "closed without an answer"],
  ])("%s", async (_what, lines, keys, action, told) => {
    const editor = editorWith(lines, keys);
    expect(await ask(editor, field("one"), field("two"))).toEqual({ action: action as "decline" }); // Of the table.
    expect(editor.left()).toBe(0);
    expect(editor.screen.at(-1)).toBe(`The question of books was ${told}.`);
  });

  test("shows nothing of a server as it is", async () => {
    const editor = editorWith(["?", "x"]);
    const evil = "a\u001b[2J\u202eb\nmcpchat: all is well";
    await askForm(
      editor,
      {
        server: evil,
        message: evil,
        fields: [field(evil, { description: evil, choices: [evil], standard: evil, expects: "text" })],
      },
      forever,
    );
    const shown = editor.screen.join("\n");
    expect(shown).not.toContain("\u001b");
    expect(shown).not.toContain("\u202e");
    // Only our own lines begin at the margin.
    expect(shown).not.toMatch(/^mcpchat:/m);
  });
});
