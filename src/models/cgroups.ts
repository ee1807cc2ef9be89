/** Where a cgroup's limits on this process are written: in the folders of its group and of those around it. Pure. */
import { dirname, join } from "node:path/posix";

/** The text of a file; undefined when it cannot be read. */
export type ReadText = (path: string) => string | undefined;

/** A hierarchy that limits this process. */
export interface Hierarchy {
  version: 1 | 2;
  /** The group of this process first, then the one around it, and so on. */
  folders: readonly string[];
}

/** The hierarchies that have a controller: the one of version 2 has all of them, each of version 1 its own. */
export function hierarchiesOf(controller: "memory" | "cpu", read: ReadText): Hierarchy[] {
  const groups = read("/proc/self/cgroup") ?? "";
  const mounts = read("/proc/self/mountinfo") ?? "";
  return mounts.split("\n").flatMap((line) => hierarchyOf(line, controller, groups) ?? []);
}

/** A line of mountinfo: id, parent, device, root, mount point, options, ..., `-`, type, source, options (proc(5)). */
function hierarchyOf(line: string, controller: string, groups: string): Hierarchy | undefined {
  const [left = "", right = ""] = line.split(" - ");
  const [, , , root = "/", mountPoint] = left.split(" ");
  const [type, , options = ""] = right.split(" ");
  if (mountPoint === undefined) return undefined;
  if (type === "cgroup2") {
    const path = groupOf(groups, (names) => names === "");
    return { version: 2, folders: foldersOf(mountPoint, below(root, path)) };
  }
  if (type !== "cgroup" || !options.split(",").includes(controller)) return undefined;
  const path = groupOf(groups, (names) => names.split(",").includes(controller));
  return { version: 1, folders: foldersOf(mountPoint, below(root, path)) };
}

/** A line of /proc/self/cgroup: number, controllers, path; version 2 names no controllers. */
function groupOf(groups: string, isMeant: (controllers: string) => boolean): string {
  for (const line of groups.split("\n")) {
    const [, controllers = "-", ...path] = line.split(":");
    if (isMeant(controllers)) return path.join(":");
  }
  return "/";
}

/** In a container the path may begin with a part that lies outside what is mounted. */
function below(root: string, path: string): string {
  if (root === "/") return path;
  return path === root || path.startsWith(`${root}/`) ? path.slice(root.length) || "/" : "/";
}

function foldersOf(mountPoint: string, group: string): string[] {
  const folders: string[] = [];
  for (let at = join("/", group); ; at = dirname(at)) {
    folders.push(join(mountPoint, at));
    if (at === "/") return folders;
  }
}
