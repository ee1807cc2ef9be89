/** What a model is called, and what its files are called. */
import { sanitize } from "../lib/text-sanitize.ts";

/** A model's file as its name tells it; `part` counts from 1. */
export interface ModelFileName {
  name: string;
  part: number;
  parts: number;
}

/** The model that this executable brings along: no file in the folder goes by this name. */
export const DEMO_NAME = "demo";

const ENDING = /\.gguf$/i;
/** How llama.cpp names the parts of a model (`llama_split_path`). */
const PART = /^(.+)-(\d{5})-of-(\d{5})$/;

/** Leaves room for `-00001-of-00003.gguf.partial.json` in the 255 bytes of most file systems. */
const LONGEST_NAME_BYTES = 200;

/** Undefined for a name that does not end in `.gguf`. */
export function readFileName(fileName: string): ModelFileName | undefined {
  if (!ENDING.test(fileName)) return undefined;
  const stem = fileName.replace(ENDING, "");
  const [, name = "", part = "", parts = ""] = PART.exec(stem) ?? [];
  // A single part is loaded like any other file, so that its name is as good as any.
  const isSet = Number(parts) > 1 && Number(part) >= 1 && Number(part) <= Number(parts);
  return isSet ? { name, part: Number(part), parts: Number(parts) } : { name: stem, part: 1, parts: 1 };
}

/** The file of a part, as llama.cpp looks for it. */
export function fileNameOf({ name, part, parts }: ModelFileName): string {
  const digits = (count: number) => String(count).padStart(5, "0");
  return parts === 1 ? `${name}.gguf` : `${name}-${digits(part)}-of-${digits(parts)}.gguf`;
}

/** What projects images into a model lies beside it, but is none. */
export function isProjector(name: string): boolean {
  return /(?:^|[-_./])mmproj(?:[-_.]|$)/i.test(name);
}

/**
 * What a server calls a file, as a name that is harmless in a folder, in a command line and on a terminal. Undefined
 * when nothing is left of it.
 */
export function safeModelName(text: string): string | undefined {
  const stem = sanitize(text).normalize("NFC").replace(ENDING, "");
  const name = stem
    .replace(/[^\p{L}\p{M}\p{N}._+@~=,()-]+/gu, "-")
    // No hidden file, no option, nothing that Windows would drop.
    .replace(/^[.\-~]+|[.-]+$/g, "");
  return name === "" ? undefined : cut(name);
}

function cut(name: string): string {
  let kept = "";
  for (const character of name) {
    if (Buffer.byteLength(kept + character) > LONGEST_NAME_BYTES) break;
    kept += character;
  }
  return kept;
}
