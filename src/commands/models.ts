/** `mcpchat models list|pull|rm|info|bench|acceleration`: the models that run inside mcpchat. */
import type { Command } from "./command.ts";
import { COMMON_OPTIONS } from "./options.ts";

export const modelsCommand: Command = {
  meta: { name: "models", description: "List, get, remove and measure models that run inside mcpchat" },
  args: COMMON_OPTIONS,
  subCommands: new Map([
    ["list", async () => (await import("./models-list.ts")).listCommand],
    ["pull", async () => (await import("./models-pull.ts")).pullCommand],
    ["rm", async () => (await import("./models-rm.ts")).removeCommand],
    ["info", async () => (await import("./models-info.ts")).infoCommand],
    ["bench", async () => (await import("./models-bench.ts")).benchCommand],
    ["acceleration", async () => (await import("./models-info.ts")).accelerationCommand],
  ]),
};
