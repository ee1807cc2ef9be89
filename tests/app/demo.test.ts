import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { withClock } from "../../src/app/clock.ts";
import { unpackDemo } from "../../src/app/demo.ts";
import { ExitCode } from "../../src/lib/errors.ts";
import { ModelError } from "../../src/models/problem.ts";
import { Workspace } from "../config/workspace.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const CONTENT = Buffer.from("GGUF and more");

function embedded() {
  const folder = temporaryFolder();
  const file = path.join(folder, "embedded");
  fs.writeFileSync(file, CONTENT);
  const sha256 = createHash("sha256").update(CONTENT).digest("hex");
  return { demo: { path: file, bytes: CONTENT.length, sha256 }, cache: path.join(folder, "cache") };
}

test("the demo is unpacked once, for its owner's eyes, and nothing else is left", () => {
  const { demo, cache } = embedded();
  const file = unpackDemo(demo, cache);
  expect(fs.readFileSync(file)).toEqual(CONTENT);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(fs.readdirSync(path.dirname(file))).toEqual([expect.stringMatching(/^demo-[0-9a-f]{16}\.gguf$/)]);
  fs.rmSync(demo.path);
  expect(unpackDemo(demo, cache)).toBe(file);
});

test.each(["", "GGUF and mor", "GGUF and morX"])("one that reads %p is written again", (damaged) => {
  const { demo, cache } = embedded();
  const file = unpackDemo(demo, cache);
  fs.writeFileSync(file, damaged);
  expect(unpackDemo(demo, cache)).toBe(file);
  expect(fs.readFileSync(file)).toEqual(CONTENT);
});

test("where nothing can be written, a line says so and what to do", () => {
  const { demo, cache } = embedded();
  fs.writeFileSync(cache, "a file in the place of the folder");
  const unpack = () => unpackDemo(demo, cache);
  expect(unpack).toThrow(ModelError);
  expect(unpack).toThrow("the demo model cannot be unpacked");
  try {
    unpack();
  } catch (error) {
    expect(error).toMatchObject({
      exitCode: ExitCode.configuration,
      advice: expect.stringContaining("XDG_CACHE_HOME"),
    });
  }
});

test("the clock is there for who has no server, and trusted", async () => {
  const none = await new Workspace().loadText("");
  expect(withClock(none).mcp).toMatchObject({
    waitMs: none.mcp.waitMs,
    servers: [{ name: "clock", transport: "stdio", trusted: true, enabled: true }],
  });
  const { servers } = withClock(none).mcp;
  expect(servers[0]).toMatchObject({ args: expect.arrayContaining(["__clock"]) });
  const some = await new Workspace().loadText("[mcp.servers.x]\ncommand = 'y'\nenabled = false");
  expect(withClock(some)).toBe(some);
});
