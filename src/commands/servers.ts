/** `mcpchat servers ...`: a file for each of its subcommands. */
import type { Command } from "./command.ts";
import { COMMON_OPTIONS } from "./options.ts";

export const serversCommand: Command = {
  meta: { name: "servers", description: "List, add, check and restart MCP servers" },
  args: COMMON_OPTIONS,
  subCommands: new Map<string, () => Promise<Command>>([
    ["list", async () => (await import("./servers/list.ts")).listCommand],
    ["add", async () => (await import("./servers/add.ts")).addCommand],
    ["remove", async () => (await import("./servers/change.ts")).removeCommand],
    ["enable", async () => (await import("./servers/change.ts")).enableCommand],
    ["disable", async () => (await import("./servers/change.ts")).disableCommand],
    ["test", async () => (await import("./servers/test.ts")).testCommand],
    ["discover", async () => (await import("./servers/discover.ts")).discoverCommand],
    ["import", async () => (await import("./servers/import.ts")).importCommand],
    ["logs", async () => (await import("./servers/logs.ts")).logsCommand],
    ["trust", async () => (await import("./servers/trust.ts")).trustCommand],
    ["login", async () => (await import("./servers/login.ts")).loginCommand],
    ["logout", async () => (await import("./servers/logout.ts")).logoutCommand],
    ["restart", async () => (await import("./servers/restart.ts")).restartCommand],
  ]),
};
