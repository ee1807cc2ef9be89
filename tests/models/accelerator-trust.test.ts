import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { AcceleratorTrust, hasAccelerators } from "../../src/models/accelerator-trust.ts";
import type { HostEnd } from "../../src/models/host-child.ts";
import { startModels } from "./rig.ts";

setDefaultTimeout(60_000);

test.each([
  [["bins/linux-x64/libggml-base.so", "llama/binariesGithubRelease.json"], false],
  [["bins/linux-x64/libggml-base.so", "bins/linux-x64-vulkan/libggml-vulkan.so"], true],
  [["bins/win-x64-cuda-ext/ggml-cuda.dll"], true],
  [["bins/mac-arm64-metal/libggml-metal.dylib"], false],
])("files %p: %p", (names, accelerated) => {
  const contents = names.map((name) => ({ bytes: 1, sha256: "00", names: [name] }));
  expect(hasAccelerators({ version: "1", archive: "", contents })).toBe(accelerated);
});

test("sources have no accelerators of their own", () => {
  expect(hasAccelerators(undefined)).toBe(false);
});

describe("a driver", () => {
  const end = (reason: string, asked = false): HostEnd => ({
    reason,
    asked,
    words: "",
    problem: { code: "crashed", message: reason },
  });
  const crash = end("signal SIGSEGV");
  const trust = () => {
    const notices: string[] = [];
    return { notices, trust: new AcceleratorTrust((_level, text) => notices.push(text)) };
  };

  test("that ends the process before any model works is left alone, and that is said once", () => {
    const { notices, trust: one } = trust();
    expect(one.settingFor("auto")).toBe("auto");
    one.ended(crash, "auto", 0);
    expect(one.settingFor("auto")).toBe("none");
    one.ended(crash, "none", 0);
    expect(notices).toEqual([expect.stringContaining("models.acceleration")]);
  });

  test("with which a model has worked is trusted", () => {
    const { notices, trust: one } = trust();
    one.ended(crash, "auto", 1);
    one.ended(crash, "auto", 0);
    expect({ setting: one.settingFor("auto"), notices }).toEqual({ setting: "auto", notices: [] });
  });

  test.each([
    ["the processor alone is used", crash, "none"],
    ["the process was stopped", end("it was stopped", true), "auto"],
    ["memory ran out", end("SIGKILL: out of memory"), "auto"],
    ["the process hung", end("gave no sign of life for 30 s"), "auto"],
  ] as const)("is not to blame where %s", (_name, how, used) => {
    const { notices, trust: one } = trust();
    one.ended(how, used, 0);
    expect({ setting: one.settingFor("auto"), notices }).toEqual({ setting: "auto", notices: [] });
  });
});

test.each([
  [true, "none"],
  [false, "auto"],
])(
  "in an executable with accelerators (%p) the process after a crash uses %s",
  async (accelerated, setting) => {
    await using rig = await startModels({ accelerated });
    await expect(rig.load("crash")).rejects.toMatchObject({ code: "crashed" });
    const { reason = "" } = await rig.models.inspection.acceleration(new AbortController().signal);
    expect(reason).toContain(JSON.stringify({ cacheFolder: rig.folder, acceleration: setting }));
    expect(rig.notices.filter((notice) => notice.includes("processor alone"))).toHaveLength(
      accelerated ? 1 : 0,
    );
  },
);
