/** The commands of a chat about its model, and about those that run inside this executable. */
import { basename } from "node:path";
import { UsageError } from "../lib/errors.ts";
import { formatBytes } from "../lib/text-amount.ts";
import { singleLine } from "../lib/text-layout.ts";
import type { Acceleration, LoadedModel } from "../models/port.ts";
import type { SlashCommand, SlashContext } from "./slash-command.ts";

const LINE_COLUMNS = 200;

export const MODEL_COMMANDS: readonly (readonly [string, SlashCommand])[] = [
  ["model", { usage: "/model [PROVIDER/MODEL]", description: "Show or change the model", run: chooseModel }],
  ["models", { usage: "/models", description: "Show the local models that are loaded", run: showLoaded }],
  ["loadmodel", { usage: "/loadmodel NAME|FILE", description: "Load a local model now", run: loadModel }],
  [
    "unloadmodel",
    {
      usage: "/unloadmodel [NAME|FILE]",
      description: "Unload a local model, or all of them",
      run: unloadModel,
    },
  ],
  [
    "acceleration",
    { usage: "/acceleration", description: "Show what local models run on, and why", run: showAcceleration },
  ],
];

async function chooseModel(name: string, { dialogue, print }: SlashContext): Promise<undefined> {
  if (name !== "") await dialogue.model.use(name);
  print(dialogue.model.name());
}

async function showLoaded(_rest: string, { dialogue, print }: SlashContext): Promise<undefined> {
  const loaded = await dialogue.ownModels.loaded();
  if (loaded.length === 0) print("No local model is loaded.");
  for (const model of loaded) print(loadedLine(model));
}

async function loadModel(name: string, context: SlashContext): Promise<undefined> {
  if (name === "") throw new UsageError("which model?", "/loadmodel NAME, or the path of a .gguf file");
  const { dialogue, print, progress, signal } = context;
  try {
    const show = (fraction: number) => progress.show(`loading ${name}`, fraction);
    const model = await dialogue.ownModels.load(name, show, signal);
    progress.clear();
    print(`${loadedLine(model)}, loaded in ${(model.loadMs / 1000).toFixed(1)} s`);
  } finally {
    progress.clear();
  }
}

async function unloadModel(name: string, { dialogue, print }: SlashContext): Promise<undefined> {
  const unloaded = await dialogue.ownModels.unload(name === "" ? undefined : name);
  if (unloaded.length === 0) print(name === "" ? "No local model is loaded." : "That model is not loaded.");
  for (const path of unloaded) print(`${singleLine(basename(path), LINE_COLUMNS)} is unloaded.`);
}

async function showAcceleration(
  _rest: string,
  { dialogue, print, signal }: SlashContext,
): Promise<undefined> {
  for (const line of accelerationLines(await dialogue.ownModels.acceleration(signal))) print(line);
}

function loadedLine({
  path,
  contextSize,
  threads,
  layers,
  acceleratedLayers,
  memoryBytes,
}: LoadedModel): string {
  const parts = [
    `context of ${contextSize} tokens`,
    threads === 1 ? "1 thread" : `${threads} threads`,
    `${acceleratedLayers} of ${layers} layers accelerated`,
    formatBytes(memoryBytes),
  ];
  return singleLine(`${basename(path)}: ${parts.join(", ")}`, LINE_COLUMNS);
}

function accelerationLines({ inUse, built, reason, devices, threads, memory }: Acceleration): string[] {
  const why = reason === undefined ? "" : ` (${reason})`;
  return [
    `in use: ${inUse === "none" ? "the processor alone" : inUse}${why}`,
    `in this executable: ${built.filter((name) => name !== "none").join(", ") || "nothing but the processor"}`,
    ...(devices.length === 0 ? [] : [`devices: ${devices.join(", ")}`]),
    `threads: ${threads}; memory: ${formatBytes(memory.freeBytes)} free of ${formatBytes(memory.totalBytes)}`,
  ].map((line) => singleLine(line, LINE_COLUMNS));
}
