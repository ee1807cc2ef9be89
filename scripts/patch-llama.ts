/**
 * What is changed in node-llama-cpp for an executable: it finds its files where they were unpacked, obeys no environment
 * variable, and leaves behind what only compiles llama.cpp, downloads models or draws progress.
 */
import { LIBRARY_FOLDER } from "../src/models/library.ts";
import { BuildFailure } from "./build-failure.ts";

export interface Change {
  /** A file of the library's `dist` folder. */
  file: string;
  /** Each text and what stands in its place. */
  texts: readonly [before: string, after: string][];
}

const FOLDER = `globalThis[Symbol.for(${JSON.stringify(LIBRARY_FOLDER)})]`;
const OWN_FOLDER = "path.dirname(fileURLToPath(import.meta.url))";

export const CHANGES: readonly Change[] = [
  {
    file: "config.js",
    texts: [
      [OWN_FOLDER, FOLDER],
      // Such as NODE_LLAMA_CPP_GPU; and a CI that is called anything but true would keep the library from loading.
      ["envVar.from(process.env)", "envVar.from({})"],
    ],
  },
  { file: "utils/getModuleVersion.js", texts: [[OWN_FOLDER, `path.join(${FOLDER}, "utils")`]] },
  {
    // It would start itself as a script of Node to try a library out. The inference process is there to be lost.
    file: "bindings/utils/testBindingBinary.js",
    texts: [["if (!detectedFileName.startsWith(expectedFileName)) {", "if (true) { return true;"]],
  },
];

/** Packages that the library imports for what an executable does not do, with the names that it imports. */
export const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  "cross-spawn": ["default"],
  ipull: ["downloadFile", "downloadSequence", "DownloadStatus"],
  ora: ["default"],
  "simple-git": ["simpleGit"],
  "slice-ansi": ["default"],
  "stdout-update": ["default"],
};

/** The text of a file with its changes. Throws BuildFailure when the library is not the one that they were made for. */
export function applyChange({ file, texts }: Change, text: string): string {
  return texts.reduce((changed, [before, after]) => {
    if (changed.split(before).length === 2) return changed.replace(before, () => after);
    throw new BuildFailure(
      `node-llama-cpp's ${file} has changed: "${before}" is not there once; adapt scripts/patch-llama.ts`,
    );
  }, text);
}
