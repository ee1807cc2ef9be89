/** The library and llama.cpp, opened once in an inference process, without a word of theirs on its outputs. */
import type { Llama } from "node-llama-cpp";
import { hasEmbeddedLibrary, loadLibrary } from "../library.ts";
import { ModelError } from "../problem.ts";
import type { HostSettings } from "../protocol.ts";
import { LogRing } from "./log-ring.ts";
import { markOpening } from "./opening.ts";
import { Pacer } from "./pacer.ts";
import { type Processors, readProcessors, usableThreads } from "./threads.ts";

export type Library = typeof import("node-llama-cpp");

export interface Engine {
  library: Library;
  llama: Llama;
  log: LogRing;
  processors: Processors;
  cacheFolder: string;
  pacer: Pacer;
  /** To be called when a model has been loaded: llama.cpp works. */
  proven(): void;
  /** More threads than these are never used. */
  mostThreads: number;
}

/** Throws ModelError `natives` when llama.cpp cannot be started. */
export async function openEngine(settings: HostSettings): Promise<Engine> {
  const log = new LogRing();
  silenceConsole(log);
  const { cacheFolder } = settings;
  // In a checkout nothing is unpacked.
  const opening = hasEmbeddedLibrary() ? markOpening(cacheFolder) : undefined;
  const { library, llama } = await open(settings, log, opening?.suspicious ?? false);
  const processors = readProcessors(llama.cpuMathCores);
  const mostThreads = usableThreads(processors);
  llama.maxThreads = mostThreads;
  const pacer = new Pacer(llama, mostThreads);
  const proven = () => opening?.proven();
  return { library, llama, log, processors, mostThreads, pacer, cacheFolder, proven };
}

async function open(
  settings: HostSettings,
  log: LogRing,
  thorough: boolean,
): Promise<{ library: Library; llama: Llama }> {
  const library = await loadLibrary({ cacheFolder: settings.cacheFolder, thorough });
  try {
    return { library, llama: await startLlama(library, settings, log) };
  } catch {
    // Files of the right size may be damaged all the same: compare them, and try once more.
    await loadLibrary({ cacheFolder: settings.cacheFolder, thorough: true });
  }
  try {
    return { library, llama: await startLlama(library, settings, log) };
  } catch (error) {
    const reason = log.firstError() ?? (error instanceof Error ? error.message : String(error));
    throw new ModelError(
      { code: "natives", message: `llama.cpp cannot be started: ${reason.split("\n")[0]}` },
      { cause: error },
    );
  }
}

/** An accelerator that is there but does not work leaves the processor: the library falls back by itself. */
async function startLlama(library: Library, { acceleration }: HostSettings, log: LogRing): Promise<Llama> {
  return library.getLlama({
    build: "never",
    // The files for macOS on ARM know no way without Metal: there only the layers of a model are kept from it.
    gpu: acceleration === "none" && process.platform !== "darwin" ? false : "auto",
    progressLogs: false,
    skipDownload: true,
    logLevel: library.LlamaLogLevel.warn,
    logger: (level, text) => log.add(level, text),
  });
}

/** The library prints through console what it has to say of itself. */
function silenceConsole(log: LogRing): void {
  const keep =
    (level: string) =>
    (...parts: unknown[]) =>
      log.add(level, parts.map(String).join(" "));
  Object.assign(console, {
    log: keep("info"),
    info: keep("info"),
    debug: keep("debug"),
    warn: keep("warn"),
    error: keep("error"),
  });
}
