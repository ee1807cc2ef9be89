import { expect, test } from "bun:test";
import fs from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { BuildFailure } from "../../scripts/build-failure.ts";
import { type Gpu, libraryVersion, nativeFiles, ownTarget, packagesFor } from "../../scripts/natives.ts";

const ROOT = join(import.meta.dir, "../..");

test.each([
  ["bun-linux-x64", undefined, ["linux-x64"], "linux", "x64"],
  ["bun-linux-x64-baseline", undefined, ["linux-x64"], "linux", "x64"],
  ["bun-linux-x64-modern", "vulkan", ["linux-x64", "linux-x64-vulkan"], "linux", "x64"],
  ["bun-linux-x64", "cuda", ["linux-x64", "linux-x64-cuda", "linux-x64-cuda-ext"], "linux", "x64"],
  ["bun-linux-arm64", undefined, ["linux-arm64"], "linux", "arm64"],
  ["bun-darwin-arm64", undefined, ["mac-arm64-metal"], "darwin", "arm64"],
  ["bun-darwin-x64", undefined, ["mac-x64"], "darwin", "x64"],
  ["bun-windows-x64", "cuda", ["win-x64", "win-x64-cuda", "win-x64-cuda-ext"], "win32", "x64"],
  ["bun-windows-arm64", undefined, ["win-arm64"], "win32", "arm64"],
] as const)("%s with %s takes %p", (target, gpu, names, os, cpu) => {
  expect(packagesFor(target, gpu)).toEqual({ names: [...names], os, cpu });
});

test("each of these packages is one that the library knows in this version", async () => {
  const manifest = await Bun.file(join(ROOT, "node_modules/node-llama-cpp/package.json")).json();
  const version = libraryVersion(ROOT);
  expect(version).toBe(packageJson.dependencies["node-llama-cpp"]);
  const targets: [string, Gpu?][] = [
    ["bun-linux-x64", "cuda"],
    ["bun-linux-x64", "vulkan"],
    ["bun-windows-x64", "cuda"],
    ["bun-windows-x64", "vulkan"],
    ["bun-linux-arm64"],
    ["bun-darwin-x64"],
    ["bun-darwin-arm64"],
    ["bun-windows-arm64"],
  ];
  for (const name of targets.flatMap(([target, gpu]) => packagesFor(target, gpu).names))
    expect([name, manifest.optionalDependencies[`@node-llama-cpp/${name}`]]).toEqual([name, version]);
});

test("an install brings the files of Linux on x64 and none of the others", () => {
  const { optionalDependencies } = JSON.parse(
    fs.readFileSync(join(ROOT, "node_modules/node-llama-cpp/package.json"), "utf8"),
  );
  const others = Object.keys(optionalDependencies).filter((name) => name !== "@node-llama-cpp/linux-x64");
  expect(others.length).toBeGreaterThan(10);
  expect(Object.keys(packageJson.overrides).sort()).toEqual(others.sort());
});

test.each([
  ["bun-linux-x64-musl", undefined, "there is no llama.cpp for bun-linux-x64-musl"],
  ["bun-solaris-sparc", undefined, "there is no llama.cpp for bun-solaris-sparc"],
  ["nonsense", undefined, "there is no llama.cpp for nonsense"],
  ["bun-linux-arm64", "cuda", "there is no llama.cpp with cuda for bun-linux-arm64"],
  ["bun-darwin-arm64", "vulkan", "there is no llama.cpp with vulkan for bun-darwin-arm64"],
] as const)("%s with %s is refused in one line", (target, gpu, line) => {
  expect(() => packagesFor(target, gpu)).toThrow(BuildFailure);
  expect(() => packagesFor(target, gpu)).toThrow(line);
});

test.skipIf(ownTarget() !== "bun-linux-x64")(
  "the files have the places where the library looks for them",
  async () => {
    const files = await nativeFiles(ROOT, ownTarget());
    const names = files.map(({ name }) => name);
    expect(names).toContain("package.json");
    expect(names).toContain("llama/binariesGithubRelease.json");
    expect(names).toContain("bins/linux-x64/llama-addon.node");
    expect(names).toContain("bins/linux-x64/_nlcBuildMetadata.json");
    expect(files.every(({ path }) => fs.statSync(path).isFile())).toBe(true);
  },
);
