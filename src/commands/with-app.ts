/** Runs a command's work with the tree started, and stops it whatever happens. */
import { type App, startApp } from "../app/app.ts";
import type { Notify } from "../lib/notice.ts";
import { openNotices } from "../terminal/notices.ts";
import { type CommandContext, worldOf } from "./command.ts";

interface CommonValues {
  config?: string;
  quiet?: boolean;
  verbose?: boolean;
}

/** What `work` returns. Throws what it throws, and ConfigurationError. */
export async function withApp<T>(
  context: CommandContext,
  values: CommonValues,
  work: (app: App, notify: Notify) => Promise<T>,
): Promise<T> {
  const { config: configFile } = values;
  const world = worldOf(context);
  const notify = openNotices(values, { environment: world.env });
  const app = await startApp({
    world,
    notify,
    watch: false,
    ...(configFile !== undefined && { configFile }),
  });
  try {
    return await work(app, notify);
  } finally {
    await app.stop();
  }
}
