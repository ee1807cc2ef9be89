import { expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { executablePath, outfileFor } from "../../scripts/build-inputs.mjs";

const ownTarget = "bun-linux-x64";
const windows = "bun-windows-x64";

test("a build for another platform never takes the place of the one that npm start runs", () => {
  expect(outfileFor("/root", { ownTarget })).toBe(executablePath("/root"));
  expect(outfileFor("/root", { target: "bun-linux-arm64", ownTarget })).toBe(
    join("/root/dist/mcpchat-bun-linux-arm64"),
  );
});

test("nor does one with an accelerator", () => {
  expect(outfileFor("/root", { gpu: "vulkan", ownTarget })).toBe(
    join("/root/dist/mcpchat-bun-linux-x64-vulkan"),
  );
  expect(outfileFor("/root", { gpu: "cuda", target: windows, ownTarget })).toBe(
    join("/root/dist/mcpchat-bun-windows-x64-cuda.exe"),
  );
  expect(outfileFor("/root", { gpu: "cuda", ownTarget: windows })).toEndWith("bun-windows-x64-cuda.exe");
});

test("for Windows it ends in .exe, as Bun sees to that and would leave nothing under another name", () => {
  const target = windows;
  expect(outfileFor("/root", { target, ownTarget })).toBe(join("/root/dist/mcpchat-bun-windows-x64.exe"));
  expect(outfileFor("/root", { target, ownTarget, outfile: "out/chat" })).toBe(resolve("out/chat.exe"));
  expect(outfileFor("/root", { target, ownTarget, outfile: "out/chat.exe" })).toBe(resolve("out/chat.exe"));
});

test("who names a file gets it", () => {
  expect(outfileFor("/root", { ownTarget, outfile: "out/chat" })).toBe(resolve("out/chat"));
  const target = "bun-darwin-arm64";
  expect(outfileFor("/root", { target, ownTarget, outfile: "out/chat" })).toBe(resolve("out/chat"));
});
