import { describe, expect, test } from "bun:test";
import { askUrl, describeUrl } from "../../src/terminal/ask-url.ts";
import { openerOf, openUrl } from "../../src/terminal/open-url.ts";

const forever = new AbortController().signal;
const QUESTION = { server: "bank", message: "log in", url: "https://example.com/a?b=c&d" };

async function ask(key: string | undefined, opens = true) {
  const opened: string[] = [];
  const screen: string[] = [];
  const open = async (url: string) => {
    opened.push(url);
    return opens;
  };
  const editor = { print: (text: string) => void screen.push(text), key: async () => key };
  return { answer: await askUrl(editor, QUESTION, open, forever), opened, screen };
}

describe("an address", () => {
  test("is opened for a yes, and for nothing else", async () => {
    expect(await ask("y")).toMatchObject({ answer: { action: "accept" }, opened: [QUESTION.url] });
    expect(await ask("n")).toMatchObject({ answer: { action: "decline" }, opened: [] });
    expect(await ask(undefined)).toMatchObject({ answer: { action: "cancel" }, opened: [] });
  });

  test("that no browser opens is there to be copied", async () => {
    const { answer, screen } = await ask("y", false);
    expect(answer).toEqual({ action: "accept" });
    expect(screen.join("\n")).toContain(QUESTION.url);
    expect(screen.at(-1)).toContain("copy the address");
  });

  test("is shown whole, with who asks and its host", () => {
    const url = `https://example.com/${"x".repeat(3000)}end`;
    expect(describeUrl({ ...QUESTION, url })).toBe(
      `server bank asks you to open an address: log in\n  ${url}\n  on the host example.com`,
    );
  });

  test("whose letters look like others is shown as it is, with a warning", () => {
    const shown = describeUrl({ ...QUESTION, url: "https://аррӏе.com/" });
    expect(shown).toContain("xn--80ak6aa92e.com");
    expect(shown).toContain("Beware: the host is");
  });

  test("that is not encrypted is warned of, but on this machine", () => {
    expect(describeUrl({ ...QUESTION, url: "http://example.com/" })).toContain("can be read on the way");
    expect(describeUrl({ ...QUESTION, url: "http://127.0.0.1:8080/" })).not.toContain("Beware");
  });

  test("nothing of the server's words is obeyed by the terminal", () => {
    const shown = describeUrl({
      server: "a\u001b[2J",
      message: "b\u001b]0;x\u0007\u202e",
      url: "https://e.com/\u202e",
    });
    for (const obeyed of ["\u001b", "\u0007", "\u202e"]) expect(shown).not.toContain(obeyed);
  });
});

describe("the browser", () => {
  test("is started without a shell, with the address as one word", () => {
    const url = "https://example.com/?a=1&b=$(x)";
    expect(openerOf(url, "linux")).toEqual(["xdg-open", url]);
    expect(openerOf(url, "darwin")).toEqual(["open", url]);
    expect(openerOf(url, "win32")).toEqual(["rundll32", "url.dll,FileProtocolHandler", url]);
  });

  test.each(["javascript:alert(1)", "file:///etc/passwd", "vscode://x", "--help", ""])(
    "is not for %p",
    async (url) => {
      expect(openerOf(url, "linux")).toBeUndefined();
      expect(await openUrl(url)).toBe(false);
    },
  );

  test("that is not there is no failure", async () => {
    expect(
      await openUrl("https://example.com", { platform: "linux", environment: { PATH: "/nonexistent" } }),
    ).toBe(false);
  });
});
