/** Runs a command's work with the tree started, and stops it whatever happens. */
import { type App, startApp } from "../app/app.ts";
import { errorObject } from "../chat/report/summary.ts";
import type { RawConfiguration } from "../config/schema.ts";
import { UserError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import { openNotices } from "../terminal/notices.ts";
import { type CommandContext, worldOf } from "./command.ts";
import { printJson } from "./print.ts";

interface CommonValues {
  config?: string;
  quiet?: boolean;
  verbose?: boolean;
  /** Whoever reads JSON reads it of a failure too. */
  json?: boolean;
  /** What the command says about the configuration. */
  overrides?: RawConfiguration;
  /** Takes away what stands where a notice is about to be written. */
  beforeNotice?: () => void;
}

/** What `work` returns. Throws what it throws, why the program was asked to end, and ConfigurationError. */
export async function withApp<T>(
  context: CommandContext,
  values: CommonValues,
  work: (app: App, notify: Notify) => Promise<T>,
): Promise<T> {
  const { config: configFile, overrides } = values;
  const world = worldOf(context);
  const tell = openNotices(values, { environment: world.env });
  const notify: Notify = (level, text) => {
    values.beforeNotice?.();
    tell(level, text);
  };
  const options = {
    world,
    notify,
    watch: false,
    ...(configFile !== undefined && { configFile }),
    ...(overrides && { overrides }),
  };
  let app: App | undefined;
  try {
    app = await startApp(options);
    return await work(app, notify);
  } catch (caught) {
    // What a signal cuts off fails for many reasons, and ends for one.
    const error: unknown = app?.signal.aborted ? app.signal.reason : caught;
    if (values.json && error instanceof UserError) await printJson({ error: errorObject(error) });
    throw error;
  } finally {
    await app?.stop();
  }
}
