/** Puts node-llama-cpp into an executable: its native files as an archive, its JavaScript with the changes that this takes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Gpu, libraryVersion, nativeFiles } from "./natives.ts";
import { packNatives } from "./pack-natives.ts";
import { applyChange, CHANGES, LEFT_OUT } from "./patch-llama.ts";

export interface EmbedOptions {
  root: string;
  target: string;
  gpu?: Gpu;
  /** A folder for the archive, which has to be there until the build is done. */
  workshop: string;
}

/** Packs the files of the target, which are fetched if need be. Throws BuildFailure. */
export async function embedLlama({ root, target, gpu, workshop }: EmbedOptions): Promise<Bun.BunPlugin> {
  const { archive, manifest } = packNatives(await nativeFiles(root, target, gpu), libraryVersion(root));
  const path = join(workshop, "natives.zst");
  await Bun.write(path, archive);
  const changed = changedFiles(root);
  return {
    name: "embed-llama",
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/]models[\\/]natives[\\/]embedded\.ts$/ }, () => ({
        loader: "ts",
        contents: `import archive from ${JSON.stringify(path)} with { type: "file" };
          export const embedded = { archive, ...${JSON.stringify(manifest)} };`,
      }));
      for (const [file, contents] of changed) {
        const ending = file.replaceAll(".", "\\.").replaceAll("/", "[\\\\/]");
        const filter = new RegExp(`[\\\\/]node-llama-cpp[\\\\/]dist[\\\\/]${ending}$`);
        build.onLoad({ filter }, () => ({ loader: "js", contents }));
      }
      leaveOutPackages(build);
    },
  };
}

/** All of them, before anything is built: one that is no longer there, or is loaded no more, must not pass unnoticed. */
function changedFiles(root: string): [file: string, contents: string][] {
  const folder = join(root, "node_modules/node-llama-cpp/dist");
  return CHANGES.map((change) => [
    change.file,
    applyChange(change, readFileSync(join(folder, change.file), "utf8")),
  ]);
}

/** In their place stand classes without members: whoever uses one finds out at once. */
function leaveOutPackages(build: Bun.PluginBuilder): void {
  const names = Object.keys(LEFT_OUT).join("|");
  build.onResolve({ filter: new RegExp(`^(${names})$`) }, ({ path, importer }) =>
    /[\\/]node-llama-cpp[\\/]dist[\\/]/.test(importer) ? { path, namespace: "left-out" } : undefined,
  );
  // The packages of native files: the library looks into its own folder first.
  build.onResolve({ filter: /^@node-llama-cpp\// }, ({ path }) => ({ path, namespace: "left-out" }));
  build.onLoad({ filter: /.*/, namespace: "left-out" }, ({ path }) => ({
    loader: "js",
    contents: (LEFT_OUT[path] ?? [])
      .map((name) => (name === "default" ? "export default class {}" : `export class ${name} {}`))
      .join("\n"),
  }));
}
