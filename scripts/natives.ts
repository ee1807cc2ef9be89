/**
 * Where the native files of a build come from. npm installs the library's package for Linux on x64 alone: those for other
 * systems and for accelerators (up to 540 MB) are overridden in package.json by one that is never installed, and are fetched
 * when a build asks for them.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BuildFailure } from "./build-failure.ts";
import { fetchPackage } from "./fetch-package.ts";

export const GPUS = ["cuda", "vulkan"] as const;
export type Gpu = (typeof GPUS)[number];

/** A file of the library and its place in the library's folder. */
export interface NativeFile {
  /** With slashes. */
  name: string;
  path: string;
}

interface Platform {
  /** How the library calls it. */
  name: string;
  os: string;
  cpu: string;
  gpus: readonly Gpu[];
}

const PLATFORMS: Record<string, Platform> = {
  "linux-x64": { name: "linux-x64", os: "linux", cpu: "x64", gpus: GPUS },
  "linux-arm64": { name: "linux-arm64", os: "linux", cpu: "arm64", gpus: [] },
  "darwin-x64": { name: "mac-x64", os: "darwin", cpu: "x64", gpus: [] },
  "darwin-arm64": { name: "mac-arm64-metal", os: "darwin", cpu: "arm64", gpus: [] },
  "windows-x64": { name: "win-x64", os: "win32", cpu: "x64", gpus: GPUS },
  "windows-arm64": { name: "win-arm64", os: "win32", cpu: "arm64", gpus: [] },
};

/** The target that a build without one is for, as Bun spells targets. */
export function ownTarget(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  return `bun-${system}-${process.arch}`;
}

/**
 * The library's packages that a target needs, without their scope, and what they are for. An accelerator comes beside the
 * files for the processor alone, which are what is left where it does not work. Throws BuildFailure.
 */
export function packagesFor(target: string, gpu?: Gpu): { names: string[]; os: string; cpu: string } {
  const [, system = "", variant = ""] = /^bun-([a-z]+-[a-z0-9]+)(-.*)?$/.exec(target) ?? [];
  const platform = variant.includes("musl") ? undefined : PLATFORMS[system];
  if (!platform) throw new BuildFailure(`there is no llama.cpp for ${target}; build for another target`);
  const { name, os, cpu, gpus } = platform;
  if (!gpu) return { names: [name], os, cpu };
  if (!gpus.includes(gpu))
    throw new BuildFailure(`there is no llama.cpp with ${gpu} for ${target}; leave out --gpu`);
  // The second part is for older drivers.
  const parts = gpu === "cuda" ? [`${name}-cuda`, `${name}-cuda-ext`] : [`${name}-${gpu}`];
  return { names: [name, ...parts], os, cpu };
}

/** The library's version, as it is installed. */
export function libraryVersion(root: string): string {
  const { version } = JSON.parse(
    readFileSync(join(root, "node_modules/node-llama-cpp/package.json"), "utf8"),
  );
  return version;
}

/** All files of the library that an executable for this target holds. Fetches what is not installed. Throws BuildFailure. */
export async function nativeFiles(root: string, target: string, gpu?: Gpu): Promise<NativeFile[]> {
  const library = join(root, "node_modules/node-llama-cpp");
  const files = ["package.json", "llama/binariesGithubRelease.json"].map((name) => ({
    name,
    path: join(library, name),
  }));
  const { names, os, cpu } = packagesFor(target, gpu);
  const version = libraryVersion(root);
  for (const name of names) {
    const folder = await packageFolder(root, { name: `@node-llama-cpp/${name}`, version, os, cpu });
    files.push(...filesBelow(folder, "bins"));
  }
  return files;
}

async function packageFolder(root: string, request: Parameters<typeof fetchPackage>[1]): Promise<string> {
  const installed = join(root, "node_modules", request.name);
  const manifest = join(installed, "package.json");
  if (existsSync(manifest)) {
    const { name, version } = JSON.parse(readFileSync(manifest, "utf8"));
    if (name === request.name && version === request.version) return installed;
  }
  return fetchPackage(join(root, "node_modules/.cache/mcpchat"), request);
}

function filesBelow(folder: string, below: string): NativeFile[] {
  const entries = readdirSync(join(folder, below), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { name: path.slice(folder.length + 1).replaceAll("\\", "/"), path };
    });
}
