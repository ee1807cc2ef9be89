import { expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { killGroup } from "../../src/process/group.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { eventually, isAlive } from "./programs.ts";

setDefaultTimeout(60_000);

const program = fileURLToPath(new URL("stopped.ts", import.meta.url));
const SHELLS = ["/bin/sh", ...["dash", "bash"].flatMap((name) => Bun.which(name) ?? [])];

test.each(SHELLS)(
  "under %s the guard lets a stopped group go on, so that it can end as asked",
  async (shell) => {
    const file = join(temporaryFolder(), "ended");
    const owner = Bun.spawn([process.execPath, program, shell, file], { stdout: "pipe", stderr: "inherit" });
    onTestFinished(() => owner.kill("SIGKILL"));
    const { value } = await owner.stdout.getReader().read();
    const leader = Number(Buffer.from(value ?? []).toString());
    onTestFinished(() => killGroup(leader));
    owner.kill("SIGKILL");
    await owner.exited;
    await eventually("the group is gone", async () => !(await isAlive(leader)));
    expect(existsSync(file)).toBe(true);
  },
);
