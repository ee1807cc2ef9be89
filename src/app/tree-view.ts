/** The supervision tree as it is at this moment: as data, and as lines for a terminal. Pure but for asking the tree. */
import { singleLine } from "../lib/text-layout.ts";
import type { ChildInfo, Exit } from "../supervisor/spec.ts";
import { Supervisor } from "../supervisor/supervisor.ts";

export interface TreeNode {
  id: string;
  type: "worker" | "supervisor";
  state: string;
  restarts: number;
  pid?: number;
  /** Milliseconds that it has been up. */
  up_ms?: number;
  last_exit?: string;
  /** Milliseconds until it is tried again. */
  next_try_ms?: number;
  children?: TreeNode[];
}

/** `now` is the monotonic time of the tree's clock. */
export function describeTree(
  root: Supervisor,
  now: number,
  describeError: (error: unknown) => string,
): TreeNode {
  const node = (child: ChildInfo): TreeNode => {
    const { id, type, state, restarts, startedAt, nextTryAt, lastExit, handle } = child;
    const pid = pidOf(handle);
    return {
      id,
      type,
      state,
      restarts,
      ...(pid !== undefined && { pid }),
      ...(startedAt !== undefined && { up_ms: Math.round(now - startedAt) }),
      ...(lastExit && { last_exit: exitWords(lastExit, describeError) }),
      ...(nextTryAt !== undefined && { next_try_ms: Math.max(0, Math.round(nextTryAt - now)) }),
      ...childrenOf(handle, node),
    };
  };
  const children = root.whichChildren().map(node);
  return { id: root.path, type: "supervisor", state: "running", restarts: 0, pid: process.pid, children };
}

/** Those of a supervisor; of a worker what it says it holds, such as the models in a process. */
function childrenOf(
  handle: unknown,
  node: (child: ChildInfo) => TreeNode,
): Pick<TreeNode, "children"> | undefined {
  if (handle instanceof Supervisor) return { children: handle.whichChildren().map(node) };
  if (!holdsParts(handle)) return undefined;
  return { children: handle.parts().map((part) => ({ ...part, type: "worker", restarts: 0 })) };
}

function holdsParts(handle: unknown): handle is { parts(): Pick<TreeNode, "id" | "state">[] } {
  return (
    typeof handle === "object" && handle !== null && "parts" in handle && typeof handle.parts === "function"
  );
}

function pidOf(handle: unknown): number | undefined {
  if (typeof handle !== "object" || handle === null || !("pid" in handle)) return undefined;
  return typeof handle.pid === "number" ? handle.pid : undefined;
}

function exitWords(exit: Exit, describeError: (error: unknown) => string): string {
  return exit.kind === "crash" ? describeError(exit.error) : exit.kind;
}

const COLUMNS = ["", "state", "pid", "restarts", "up", "next try", "last exit"];
const LAST_EXIT_COLUMNS = 60;

/** The tree as lines of equal columns. */
export function renderTree(root: TreeNode): string {
  const rows = [COLUMNS, ...rowsOf(root, "", "")];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...rows.map((row) => Bun.stringWidth(row[column] ?? ""))),
  );
  const pad = (text: string, column: number) =>
    text + " ".repeat((widths[column] ?? 0) - Bun.stringWidth(text));
  return `${rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n")}\n`;
}

function rowsOf(node: TreeNode, first: string, rest: string): string[][] {
  const { id, state, pid, restarts, up_ms, next_try_ms, last_exit, children = [] } = node;
  const row = [
    first + singleLine(id, 40),
    state,
    pid === undefined ? "" : String(pid),
    restarts === 0 ? "" : String(restarts),
    duration(up_ms),
    duration(next_try_ms),
    singleLine(last_exit ?? "", LAST_EXIT_COLUMNS),
  ];
  const below = children.flatMap((child, index) => {
    const last = index === children.length - 1;
    return rowsOf(child, `${rest}${last ? "└─ " : "├─ "}`, `${rest}${last ? "   " : "│  "}`);
  });
  return [row, ...below];
}

/** A time that a person reads at a glance. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return "";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
