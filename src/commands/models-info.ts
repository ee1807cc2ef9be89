/** `mcpchat models info|acceleration`: what a model's file says of it, and what it would run on. */
import { formatBytes } from "../lib/text-amount.ts";
import { singleLine } from "../lib/text-layout.ts";
import type { Acceleration, ModelInfo } from "../models/port.ts";
import { type Command, worldOf } from "./command.ts";
import { JSON_OPTIONS, locate, neededName } from "./models-common.ts";
import { parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";
import { withApp } from "./with-app.ts";

const VALUE_COLUMNS = 200;

export const infoCommand: Command = {
  meta: { name: "info", description: "Show what a model's file says of it, and what it needs" },
  args: {
    ...JSON_OPTIONS,
    name: { type: "positional", required: false, description: "Its name, or the path of a .gguf file" },
  },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, JSON_OPTIONS, 1);
    const name = neededName("info", positionals[0]);
    const info = await withApp(context, values, async (app) => {
      const { path, load } = await locate(app, worldOf(context).env, name);
      return app.models.inspection.info(path, load, app.signal);
    });
    if (values.json) await printJson(infoJson(info));
    else await print(table(infoRows(info)));
    return 0;
  },
};

export const accelerationCommand: Command = {
  meta: { name: "acceleration", description: "Show what models run on here, and why" },
  args: JSON_OPTIONS,
  async run(context) {
    const { values } = parseOptions(context.rawArgs, JSON_OPTIONS, 0);
    const acceleration = await withApp(context, values, (app) =>
      app.models.inspection.acceleration(app.signal),
    );
    if (values.json) await printJson(accelerationJson(acceleration));
    else await print(table(accelerationRows(acceleration)));
    return 0;
  },
};

type Row = readonly [label: string, value: string];

function infoRows(info: ModelInfo): Row[] {
  const parts = info.parts > 1 ? ` in ${info.parts} parts` : "";
  const trained = info.trainedContext > 0 ? `${info.trainedContext} tokens` : "not told";
  return [
    ["name", info.name],
    ["file", info.path],
    ["size", `${formatBytes(info.fileBytes)}${parts}`],
    ["architecture", info.architecture],
    ["quantisation", info.quantisation],
    ["parameters", count(info.parameters)],
    ["layers", String(info.layers)],
    ["trained context", trained],
    ["memory", `about ${formatBytes(info.memoryBytes)} with a context of ${info.contextSize} tokens`],
    ["chat template", info.hasChatTemplate ? "its own" : "none: a usual one is taken"],
  ];
}

function infoJson(info: ModelInfo): object {
  return {
    name: info.name,
    path: info.path,
    bytes: info.fileBytes,
    parts: info.parts,
    architecture: info.architecture,
    quantisation: info.quantisation,
    parameters: info.parameters,
    layers: info.layers,
    trained_context: info.trainedContext,
    memory_bytes: info.memoryBytes,
    context_size: info.contextSize,
    has_chat_template: info.hasChatTemplate,
  };
}

function accelerationRows({ inUse, built, reason, devices, threads, memory }: Acceleration): Row[] {
  return [
    ["in use", inUse === "none" ? "the processor alone" : inUse],
    ...(reason === undefined ? [] : [["why", reason] as const]),
    ["built in", accelerators(built).join(", ") || "nothing but the processor"],
    ["devices", devices.length === 0 ? "none" : devices.join(", ")],
    ["threads", String(threads)],
    ["memory", `${formatBytes(memory.freeBytes)} of ${formatBytes(memory.totalBytes)} free`],
  ];
}

function accelerators(built: readonly string[]): string[] {
  return built.filter((name) => name !== "none");
}

function accelerationJson({ inUse, built, reason, devices, threads, memory }: Acceleration): object {
  return {
    in_use: inUse,
    built,
    reason: reason ?? null,
    devices,
    threads,
    memory: { total_bytes: memory.totalBytes, free_bytes: memory.freeBytes },
  };
}

/** Files say what they like: nothing of it is obeyed by a terminal. */
function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows
    .map(([label, value]) => `${label.padEnd(width)}  ${singleLine(value, VALUE_COLUMNS)}\n`)
    .join("");
}

/** `7.2 billion`, as parameters are counted. */
function count(parameters: number): string {
  if (parameters >= 1e9) return `${(parameters / 1e9).toFixed(1)} billion`;
  if (parameters >= 1e6) return `${(parameters / 1e6).toFixed(1)} million`;
  return String(parameters);
}
