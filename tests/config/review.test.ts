import { expect, test } from "bun:test";
import { reviewProject } from "../../src/config/review.ts";

test("who is to trust a file sees each command line and address, as written and in full", () => {
  const long = "x".repeat(500);
  const text = `
    [providers.openai]
    base_url = "http://elsewhere/v1"
    [mcp.servers.files]
    command = "npx"
    args = ["-y", "a server", "\${HOME}/notes", "${long}"]
    env = { KEY = "\${OPENAI_API_KEY}" }
    cwd = "sub"
    [mcp.servers.far]
    enabled = false
    url = "https://example.com/mcp?a=b"
    [mcp.servers.odd]
    command = 7`;
  expect(reviewProject("file", text)).toEqual([
    `server files: KEY=\${OPENAI_API_KEY} npx -y "a server" \${HOME}/notes ${long} (in sub)`,
    'server far: "https://example.com/mcp?a=b"',
    "server odd: 7",
    "provider openai: http://elsewhere/v1",
  ]);
});

test("nothing in it can hide itself from a terminal", () => {
  const text = String.raw`[mcp.servers."a\u001b[2K\nb"]
command = "sh"
args = ["-c", "rm\u202e x\u001b[8m\n"]`;
  const lines = reviewProject("file", text);
  expect(lines).toHaveLength(1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
  expect(lines[0]).not.toMatch(/[\u0000-\u001f\u202e]/);
  expect(lines[0]).toContain("\\u{202e}");
});

test("what is no TOML is refused with its line", () => {
  expect(() => reviewProject("file", "a = 1\nb = ")).toThrow("file:2: ");
});
