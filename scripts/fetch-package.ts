/** Gets one package from the registry for a build, without making it a dependency. */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BuildFailure } from "./build-failure.ts";

export interface PackageRequest {
  name: string;
  version: string;
  /** As package.json spells them: the package is for this system, which need not be ours. */
  os: string;
  cpu: string;
}

type Environment = Record<string, string | undefined>;

/**
 * The folder of a package, which is fetched unless an earlier build has done so. It is there whole or not at all. The
 * registry is the one that Bun and npm are configured for; Bun compares the download with the registry's hash, and runs no
 * script of it. Throws BuildFailure.
 *
 * @param store the folder for such packages; `node_modules` goes with them when it is deleted
 */
export async function fetchPackage(
  store: string,
  request: PackageRequest,
  env: Environment = process.env,
): Promise<string> {
  const { name, version, os, cpu } = request;
  const home = join(store, `${name.replace("/", "+")}@${version}`);
  const folder = join(home, "node_modules", name);
  if (existsSync(join(folder, "package.json"))) return folder;
  const unfinished = `${home}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    console.log(`fetching ${name} ${version} ...`);
    await Bun.write(join(unfinished, "package.json"), JSON.stringify({ dependencies: { [name]: version } }));
    await install(unfinished, request, env);
    if (!existsSync(join(unfinished, "node_modules", name, "package.json")))
      throw new BuildFailure(
        `cannot fetch ${name} ${version}: it was not installed; it is not for ${os} ${cpu}`,
      );
    rmSync(home, { recursive: true, force: true });
    renameSync(unfinished, home);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

async function install(cwd: string, request: PackageRequest, env: Environment): Promise<void> {
  const { name, version, os, cpu } = request;
  const options = ["--ignore-scripts", "--no-save", "--no-progress", `--os=${os}`, `--cpu=${cpu}`];
  const child = Bun.spawn([process.execPath, "install", ...options], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code === 0) return;
  const reason = /^error: (.+)$/m.exec(`${errors}\n${output}`)?.[1] ?? `exit ${code}`;
  throw new BuildFailure(`cannot fetch ${name} ${version}: ${reason}; check the network and the registry`);
}
