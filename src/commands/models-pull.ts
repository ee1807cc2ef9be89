/** `mcpchat models pull`: gets a model from the hub or from an address. */
import type { App } from "../app/app.ts";
import { systemClock } from "../lib/clock.ts";
import { InterruptedError, UsageError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import { formatBytes } from "../lib/text-amount.ts";
import type { PulledModel, PullOptions } from "../models/pull/pull.ts";
import { openProgress } from "../terminal/progress.ts";
import { streamKind } from "../terminal/stream-kind.ts";
import { type Command, worldOf } from "./command.ts";
import { JSON_OPTIONS, modelsFolder, PROVIDER } from "./models-common.ts";
import { tellProgress } from "./models-progress.ts";
import { parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";
import { withApp } from "./with-app.ts";

const OPTIONS = {
  name: {
    type: "string",
    valueHint: "NAME",
    description: "What it is to be called; its file's name if absent",
  },
  sha256: { type: "string", valueHint: "HEX", description: "The checksum that its file has to have" },
  force: { type: "boolean", description: "Also what does not fit into the memory of this machine" },
  ...JSON_OPTIONS,
} as const;

export const pullCommand: Command = {
  meta: {
    name: "pull",
    description: "Get a model, or go on with one that is unfinished",
  },
  args: {
    ...OPTIONS,
    source: {
      type: "positional",
      required: false,
      description: "hf:OWNER/REPO, hf:OWNER/REPO:QUANTISATION, hf:OWNER/REPO/FILE or an https:// address",
    },
  },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, OPTIONS, 1);
    const [reference] = positionals;
    if (reference === undefined) {
      const advice = "mcpchat models pull hf:OWNER/REPO, or an https:// address";
      throw new UsageError("what is to be pulled?", advice);
    }
    const { name, force = false, quiet = false } = values;
    const sha256 = checksumOption(values.sha256);
    const asked = { reference, force, ...(name !== undefined && { name }), ...(sha256 && { sha256 }) };
    const { env } = worldOf(context);
    const pulled = await withApp(context, values, async (app, notify) => {
      const model = await pull(app, { ...asked, env }, { quiet, notify });
      notify("info", summaryOf(model));
      if (model.checked !== "sha256" && !model.present) notify("warn", uncheckedNotice(model));
      return model;
    });
    if (values.json) await printJson(pulledJson(pulled));
    else await print(`${PROVIDER}/${pulled.name}\n`);
    return 0;
  },
};

type Asked = Pick<PullOptions, "reference" | "force" | "name" | "sha256" | "env">;

/** Pulls, and tells how far it has come. */
async function pull(
  app: App,
  asked: Asked,
  { quiet, notify }: { quiet: boolean; notify: Notify },
): Promise<PulledModel> {
  const { pullModel } = await import("../models/pull/pull.ts");
  const folder = await modelsFolder(app, asked.env);
  const isTerminal = streamKind(2) === "terminal" && asked.env.TERM !== "dumb";
  const line = isTerminal ? openProgress({ quiet, notify, environment: asked.env }) : undefined;
  const progress = tellProgress({ line, notify, clock: systemClock });
  try {
    return await pullModel({ ...asked, folder, onEvent: progress.tell, signal: app.signal });
  } catch (error) {
    progress.end();
    if (error instanceof InterruptedError) notify("warn", "stopped; pull it again to go on from here");
    throw error;
  } finally {
    progress.end();
  }
}

/** 64 hexadecimal digits, also as tools write them. Throws UsageError. */
function checksumOption(text: string | undefined): string | undefined {
  const digits = text
    ?.trim()
    .toLowerCase()
    .replace(/^sha256:/, "");
  if (digits === undefined || /^[0-9a-f]{64}$/.test(digits)) return digits;
  throw new UsageError("--sha256 takes 64 hexadecimal digits");
}

function summaryOf({ name, bytes, present }: PulledModel): string {
  const what = present ? `${name} is there already` : `pulled ${name}`;
  return `${what} (${formatBytes(bytes)}); talk to it with mcpchat -m ${PROVIDER}/${name}`;
}

function uncheckedNotice({ checked }: PulledModel): string {
  const by = checked === "size" ? "by its size alone" : "by nothing";
  return `it was checked ${by}, as no checksum is known; --sha256 names one`;
}

function pulledJson({ name, path, bytes, parts, checked, sha256, present }: PulledModel): object {
  const model = `${PROVIDER}/${name}`;
  return { model, provider: PROVIDER, name, path, bytes, parts, checked_by: checked, sha256, present };
}
