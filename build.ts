/**
 * Builds the one executable: `bun run build [--target=bun-linux-arm64 ...] [--gpu=cuda|vulkan] [--outfile=dist/mcpchat]`.
 * Another platform's goes to `dist/mcpchat-<target>`, one with an accelerator to `dist/mcpchat-<target>-<gpu>`.
 */
import { mkdirSync, rmSync } from "node:fs";
import { rename } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import packageJson from "./package.json" with { type: "json" };
import { BuildFailure } from "./scripts/build-failure.ts";
import { hashInputs, inputsPath, outfileFor } from "./scripts/build-inputs.mjs";
import { embedDemo } from "./scripts/embed-demo.ts";
import { embedLlama } from "./scripts/embed-llama.ts";
import { leaveOut } from "./scripts/leave-out.ts";
import { GPUS, type Gpu, ownTarget } from "./scripts/natives.ts";

interface BuildOptions {
  entry: string;
  outfile: string;
  /** The platform to build for, such as `bun-linux-arm64`; this machine's when absent. */
  target?: Bun.Build.CompileTarget;
  /** What llama.cpp accelerates with, beside the processor; on macOS it is always Metal. */
  gpu?: Gpu;
}

/**
 * Compiles `entry` into an executable at `outfile`. It appears there whole or not at all: two builds at once,
 * or one that is cut off, leave no half of it.
 */
async function build(options: BuildOptions): Promise<void> {
  // A folder, because Bun leaves the source map, which is also embedded, as a file beside the executable.
  const workshop = join(dirname(options.outfile), `.build-${process.pid}`);
  const unfinished = join(workshop, basename(options.outfile));
  mkdirSync(workshop, { recursive: true });
  try {
    await compile(options, workshop, unfinished);
    await rename(unfinished, options.outfile);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

async function compile(
  { entry, target, gpu }: BuildOptions,
  workshop: string,
  outfile: string,
): Promise<void> {
  const root = import.meta.dir;
  const llama = await embedLlama({ root, target: target ?? ownTarget(), workshop, ...(gpu && { gpu }) });
  const { logs } = await Bun.build({
    plugins: [leaveOut(), llama, await embedDemo(workshop)],
    entrypoints: [entry],
    target: "bun",
    format: "esm",
    minify: true,
    // What is imported dynamically lies in chunks of its own, read when it is imported: --version starts in half the time.
    splitting: true,
    sourcemap: "linked",
    bytecode: true,
    define: { MCPCHAT_VERSION: JSON.stringify(packageJson.version) },
    compile: {
      outfile,
      // Code that runs once is not worth compiling: a run takes 3 ms less of processor time. A chat goes back to 1.
      jitPolicy: 10,
      ...(target && { target }),
      // What lies in the folder where a user runs mcpchat must not change what mcpchat is.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  });
  // Such as an import of what a module does not export: it would be undefined when it is used.
  if (logs.length > 0) throw new AggregateError(logs, "the build has warnings");
}

function readOptions(): BuildOptions {
  const { values } = parseArgs({
    options: {
      target: { type: "string" },
      gpu: { type: "string" },
      outfile: { type: "string" },
      entry: { type: "string" },
    },
  });
  const gpu = GPUS.find((name) => name === values.gpu);
  if (values.gpu && !gpu) throw new BuildFailure(`--gpu is one of ${GPUS.join(", ")}, not ${values.gpu}`);
  const outfile = outfileFor(import.meta.dir, { ...values, ownTarget: ownTarget() });
  const entry = values.entry ?? join(import.meta.dir, "src/main.ts");
  // The names of targets belong to Bun, which rejects those it does not know.
  const target = values.target as Bun.Build.CompileTarget | undefined;
  return { entry, outfile, ...(target && { target }), ...(gpu && { gpu }) };
}

async function main(): Promise<void> {
  const options = readOptions();
  const inputs = hashInputs(import.meta.dir);
  const startedAt = performance.now();
  await build(options);
  // It says that the executable may be run as it is: another platform's may not, whatever it was made from.
  if (!options.target && !options.gpu) await Bun.write(inputsPath(options.outfile), `${inputs}\n`);
  const megabytes = (Bun.file(options.outfile).size / 1e6).toFixed(0);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${relative(process.cwd(), options.outfile)}: ${megabytes} MB in ${seconds} s`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof BuildFailure)) throw error;
  console.error(`mcpchat: ${error.message}`);
  process.exit(1);
}
