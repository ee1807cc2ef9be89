/** How node-llama-cpp comes into the inference process: from the executable, or in a checkout from node_modules. */
import { join } from "node:path";
import { embedded } from "./natives/embedded.ts";
import { unpackNatives } from "./natives/unpack.ts";

/**
 * Under this symbol the library, as build.ts changes it, finds its own `dist` folder: in an executable its place in the file
 * system is known only when it runs.
 */
export const LIBRARY_FOLDER = "mcpchat.node-llama-cpp";

/** Whether the native files come from the executable, to be unpacked, and not from a checkout. */
export function hasEmbeddedLibrary(): boolean {
  return embedded !== undefined;
}

export interface LibraryOptions {
  /** Where an executable unpacks the library's native files. */
  cacheFolder: string;
  /** Compares the unpacked files with what was built in and puts them right: after they would not load. */
  thorough?: boolean;
}

/**
 * The library, ready for `getLlama`. Throws ModelError `natives` when its files cannot be unpacked.
 *
 * Its own messages go to `console`, whoever catches that catches all of them; those of llama.cpp go to the logger that
 * `getLlama` is given.
 */
export async function loadLibrary({
  cacheFolder,
  thorough = false,
}: LibraryOptions): Promise<typeof import("node-llama-cpp")> {
  if (embedded) {
    const folder = await unpackNatives({ cacheFolder, source: embedded, thorough });
    Object.defineProperty(globalThis, Symbol.for(LIBRARY_FOLDER), {
      value: join(folder, "dist"),
      configurable: true,
    });
  }
  return import("node-llama-cpp");
}
