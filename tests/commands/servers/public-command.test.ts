import { expect, test } from "bun:test";
import { publicCommand } from "../../../src/commands/servers/public-command.ts";

test.each([
  [["a.mjs", "--port", "80"], "node a.mjs --port 80"],
  [["--token", "s3cret", "x"], "node --token ... x"],
  [["--api-key=s3cret", "KEY=s3cret", "mode=fast"], "node --api-key=... KEY=... mode=fast"],
  [["-H", "X: s3cret"], "node -H ..."],
  [["sk-s3cretabcdef", "0123abcd-s3cret-4567-89ab"], "node ... ..."],
  [["https://me:s3cret@host/mcp?key=s3cret"], "node https://...@host/mcp?..."],
  [["-c", "TOKEN=s3cret exec x"], 'node -c "TOKEN=... exec x"'],
  [
    ["@scope/server-filesystem", "/home/me/notes 2026"],
    'node @scope/server-filesystem "/home/me/notes 2026"',
  ],
  [["of-a-variable"], "node ..."],
])("%j is shown without secrets", (args, shown) => {
  expect(publicCommand("node", args, { MY_TOKEN: "of-a-variable", OTHER: "a.mjs" })).toBe(shown);
});
