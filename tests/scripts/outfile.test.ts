import { expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { executablePath, outfileFor } from "../../scripts/build-inputs.mjs";

test("a build for another platform never takes the place of the one that npm start runs", () => {
  expect(outfileFor("/root", {})).toBe(executablePath("/root"));
  expect(outfileFor("/root", { target: "bun-linux-arm64" })).toBe(join("/root/dist/mcpchat-bun-linux-arm64"));
});

test("for Windows it ends in .exe, as Bun sees to that and would leave nothing under another name", () => {
  const target = "bun-windows-x64";
  expect(outfileFor("/root", { target })).toBe(join("/root/dist/mcpchat-bun-windows-x64.exe"));
  expect(outfileFor("/root", { target, outfile: "out/chat" })).toBe(resolve("out/chat.exe"));
  expect(outfileFor("/root", { target, outfile: "out/chat.exe" })).toBe(resolve("out/chat.exe"));
});

test("who names a file gets it", () => {
  expect(outfileFor("/root", { outfile: "out/chat" })).toBe(resolve("out/chat"));
  expect(outfileFor("/root", { target: "bun-darwin-arm64", outfile: "out/chat" })).toBe(resolve("out/chat"));
});
