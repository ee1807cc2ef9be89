/** The demo model: part of the executable, a file in the cache folder once it is used, as llama.cpp reads files alone. */
import { createHash, randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePrivateFolder, fileErrorFrom } from "../lib/file.ts";
import { ProviderError } from "../llm/errors.ts";
import type { Provider } from "../llm/port.ts";
import type { EmbeddedDemo } from "../models/demo/embedded.ts";
import { ModelError } from "../models/problem.ts";

/**
 * The path of the demo's file, written if it is not there or not what it should be. It is small enough to be looked at
 * each time. Throws ModelError.
 */
export function unpackDemo({ path, bytes, sha256 }: EmbeddedDemo, cacheFolder: string): string {
  const folder = join(cacheFolder, "demo");
  const file = join(folder, `demo-${sha256.slice(0, 16)}.gguf`);
  if (isWhole(file, { bytes, sha256 })) return file;
  try {
    ensurePrivateFolder(folder);
    writeWhole(file, readFileSync(path));
    return file;
  } catch (error) {
    const { message } = fileErrorFrom(file, error);
    const advice = "free some space, or set XDG_CACHE_HOME to a folder that can be written";
    throw new ModelError(
      { code: "natives", message: `the demo model cannot be unpacked: ${message}`, advice },
      { cause: error },
    );
  }
}

/** The demo as a provider: what is too long for it needs another model, and not a larger context. */
export function advisingDemo(provider: Provider): Provider {
  return {
    name: provider.name,
    async *stream(request, signal, alive) {
      for await (const event of provider.stream(request, signal, alive)) {
        const isTooLong = event.type === "failed" && event.error.kind === "too_long";
        yield isTooLong ? { ...event, error: forDemo(event.error) } : event;
      }
    },
  };
}

function forDemo(cause: ProviderError): ProviderError {
  const { kind, message, code, exitCode, retry } = cause;
  const advice = "this is the demo: name a real model with -m";
  return new ProviderError(kind, message, { cause, retry, code, exitCode, advice });
}

function isWhole(file: string, { bytes, sha256 }: Omit<EmbeddedDemo, "path">): boolean {
  try {
    const content = readFileSync(file);
    return content.length === bytes && createHash("sha256").update(content).digest("hex") === sha256;
  } catch {
    return false;
  }
}

/** Under a name of its own first: another process may be reading, or writing the same. */
function writeWhole(file: string, content: Uint8Array): void {
  const temporary = `${file}.${process.pid}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    const descriptor = openSync(temporary, "wx", 0o600);
    try {
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
