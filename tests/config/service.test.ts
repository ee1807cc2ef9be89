import { expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";
import type { Configuration } from "../../src/config/configuration.ts";
import { type LoadOptions, loadConfiguration } from "../../src/config/load.ts";
import { type ConfigService, configService } from "../../src/config/service.ts";
import { ConfigurationError } from "../../src/lib/errors.ts";
import type { Running } from "../../src/supervisor/spec.ts";
import { until } from "../fixtures/temporary-folder.ts";
import { Workspace } from "./workspace.ts";

setDefaultTimeout(30_000);

/** The service as its supervisor would run it, with what it said. */
class Rig {
  readonly workspace = new Workspace();
  readonly notices: string[] = [];
  readonly spec;
  running: Running<ConfigService> | undefined;

  constructor(more: Partial<LoadOptions> = {}, watch = true) {
    this.spec = configService({
      load: () => loadConfiguration(this.workspace.options(more)),
      notify: (level, text) => this.notices.push(`${level}: ${text}`),
      watch,
    });
    onTestFinished(() => this.running?.stop("shutdown"));
  }

  async start(attempt = 0): Promise<ConfigService> {
    const running = await this.spec.start({ path: "mcpchat", signal: new AbortController().signal, attempt });
    if (running === "ignore") throw new Error("the service ignored its start");
    this.running = running;
    return running.handle;
  }

  async killAndStart(): Promise<ConfigService> {
    this.running?.kill();
    expect(await this.running?.exited).toEqual({ kind: "killed" });
    return this.start(1);
  }
}

test("an edit arrives, and those who subscribed are told", async () => {
  const rig = new Rig();
  rig.workspace.writeUser("model = 'a/one'");
  const service = await rig.start();
  const seen: Configuration[] = [];
  const unsubscribe = service.onChange((configuration) => seen.push(configuration));
  rig.workspace.writeUser("model = 'a/two'");
  await until("the edit", () => service.current().model === "a/two");
  expect(seen.map((configuration) => configuration.model)).toEqual(["a/two"]);
  unsubscribe();
  rig.workspace.writeUser("model = 'a/three'");
  await until("the second edit", () => service.current().model === "a/three");
  expect(seen).toHaveLength(1);
  expect(rig.notices).toEqual([]);
});

test("a bad edit is told in one line and the last good configuration stays, until it is mended", async () => {
  const rig = new Rig();
  rig.workspace.writeUser("model = 'a/one'");
  const service = await rig.start();
  const file = rig.workspace.writeUser("model = 'one'");
  await until("the line", () => rig.notices.length > 0);
  expect(rig.notices).toEqual([
    `error: ${file}: model: should be PROVIDER/MODEL or the path of a .gguf file; the last good configuration stays in force`,
  ]);
  expect(service.current().model).toBe("a/one");
  rig.workspace.writeUser("model = 'a/two'");
  await until("the mended file", () => service.current().model === "a/two");
});

test("killed and restarted while the file is bad, it goes on with the last good one and its subscribers", async () => {
  const rig = new Rig();
  rig.workspace.writeUser("model = 'a/one'");
  const first = await rig.start();
  const seen: string[] = [];
  first.onChange((configuration) => seen.push(configuration.model ?? ""));
  rig.running?.kill();
  rig.workspace.writeUser("model = ");
  const second = await rig.killAndStart();
  expect(second.current().model).toBe("a/one");
  expect(rig.notices).toHaveLength(1);
  rig.workspace.writeUser("model = 'a/two'");
  await until("the mended file", () => second.current().model === "a/two");
  expect(seen).toEqual(["a/two"]);
});

test("an edit between death and restart is found, and told", async () => {
  const rig = new Rig({}, false);
  rig.workspace.writeUser("model = 'a/one'");
  const service = await rig.start();
  const seen: string[] = [];
  service.onChange((configuration) => seen.push(configuration.model ?? ""));
  rig.running?.kill();
  rig.workspace.writeUser("model = 'a/two'");
  expect((await rig.killAndStart()).current().model).toBe("a/two");
  expect(seen).toEqual(["a/two"]);
});

test("the first start with a bad file fails with its line", async () => {
  const rig = new Rig();
  rig.workspace.writeUser("model = 1");
  const error = await rig.start().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigurationError);
});

test("an editor that replaces the file is followed", async () => {
  const rig = new Rig();
  const file = rig.workspace.writeUser("model = 'a/one'");
  const service = await rig.start();
  for (const model of ["a/two", "a/three"]) {
    fs.writeFileSync(`${file}.new`, `model = '${model}'`);
    fs.renameSync(`${file}.new`, file);
    await until(model, () => service.current().model === model);
  }
  expect(rig.notices).toEqual([]);
});

test("a folder that is created later, deleted, and created again is followed", async () => {
  const rig = new Rig();
  const { configFolder } = rig.workspace.paths;
  const service = await rig.start();
  expect(fs.existsSync(path.dirname(configFolder))).toBe(false);
  rig.workspace.writeUser("model = 'a/one'");
  await until("the first file", () => service.current().model === "a/one");
  fs.rmSync(configFolder, { recursive: true });
  await until("the defaults", () => service.current().model === undefined);
  rig.workspace.writeUser("model = 'a/two'");
  await until("the second file", () => service.current().model === "a/two");
  // Only the folder above tells of this one.
  fs.renameSync(configFolder, `${configFolder}.old`);
  await until("the defaults again", () => service.current().model === undefined);
});

test("a file behind a link is followed", async () => {
  const rig = new Rig();
  const { configFile } = rig.workspace.paths;
  const target = path.join(rig.workspace.folder, "dotfiles", "config.toml");
  fs.mkdirSync(path.dirname(target));
  fs.writeFileSync(target, "model = 'a/one'");
  fs.mkdirSync(path.dirname(configFile), { recursive: true });
  fs.symlinkSync(target, configFile);
  const service = await rig.start();
  fs.writeFileSync(target, "model = 'a/two'");
  await until("the edit of the target", () => service.current().model === "a/two");
});

test("a project's file that comes and goes is followed, and its distrust is told once", async () => {
  const rig = new Rig();
  const service = await rig.start();
  rig.workspace.writeProject("model = 'project/one'");
  await until("the notice", () => rig.notices.length > 0);
  await service.reload();
  expect(rig.notices).toHaveLength(1);
  rig.workspace.trustProject();
  await service.reload();
  expect(service.current().model).toBe("project/one");
  rig.workspace.writeProject("model = 'project/two'");
  await until("the edit, which is not trusted", () => service.current().model === undefined);
  expect(rig.notices[1]).toContain("have changed since they were trusted");
  rig.workspace.trustProject();
  await service.reload();
  expect(service.current().model).toBe("project/two");
});

test("a listener that throws keeps the news from nobody", async () => {
  const rig = new Rig({}, false);
  const service = await rig.start();
  const seen: string[] = [];
  service.onChange(() => {
    throw new Error("no");
  });
  service.onChange((configuration) => seen.push(configuration.model ?? ""));
  rig.workspace.writeUser("model = 'a/one'");
  await service.reload();
  expect(seen).toEqual(["a/one"]);
  expect(rig.notices).toEqual(["error: a change of the configuration was not taken up: no"]);
});

test("stopped, it lets go of its watchers and says so", async () => {
  const rig = new Rig();
  rig.workspace.writeUser("model = 'a/one'");
  const service = await rig.start();
  rig.running?.stop("shutdown");
  expect(await rig.running?.exited).toEqual({ kind: "shutdown" });
  rig.workspace.writeUser("model = 'a/two'");
  await service.reload();
  expect(service.current().model).toBe("a/one");
});
