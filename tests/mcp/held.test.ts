/** Servers that may not start yet, under a supervisor that only counts. */
import { expect, test } from "bun:test";
import { ServerManager } from "../../src/mcp/client/manager.ts";
import type { ManagerOptions } from "../../src/mcp/client/manager-options.ts";
import type { Supervisor } from "../../src/supervisor/supervisor.ts";
import { settled } from "../fixtures/fake-clock.ts";
import { rawServer, serverConfig } from "./servers.ts";

test("a configuration that changes while servers are held starts none of them, and each once when they are released", async () => {
  const started: string[] = [];
  // Of a supervisor nothing but this is used.
  const supervisor = {
    async startChild({ id }: { id: string }) {
      started.push(id);
    },
    async terminateChild() {},
  } as unknown as Supervisor;
  const options: ManagerOptions = {
    intensity: { maxRestarts: 5, maxSeconds: 60 },
    clientInfo: { name: "test", version: "1.0.0" },
    cache: { get: () => undefined, put: () => {} },
    notify: () => {},
  };
  const manager = new ServerManager([serverConfig("known", rawServer("good"))], options, true);
  manager.attach(supervisor);
  manager.apply([serverConfig("known", rawServer("hung")), serverConfig("added", rawServer("good"))]);
  await settled();
  expect(started).toEqual([]);
  manager.release();
  await settled();
  expect(started).toEqual(["known", "added"]);
});
