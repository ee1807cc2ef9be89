/**
 * Asks the person at the terminal whether the model may call a tool. Shows the server, the tool and every argument
 * whole, with what is hidden in them made visible: what is not shown cannot be approved.
 */
import type { JsonObject } from "../lib/conversation.ts";
import { singleLine } from "../lib/text-layout.ts";
import { reveal } from "../lib/text-reveal.ts";
import type { LineEditor } from "./line-editor-port.ts";

export type PermissionAnswer = "once" | "session" | "always" | "never" | "no";

export interface ToolQuestion {
  server: string;
  name: string;
  arguments: JsonObject;
}

const ANSWERS: Readonly<Record<string, PermissionAnswer>> = {
  o: "once",
  y: "once",
  s: "session",
  a: "always",
  v: "never",
  n: "no",
};

const CHOICES = "[o]nce, this [s]ession, [a]lways, ne[v]er, [n]o? ";
const LONGEST_NAME = 200;

/** What the person reads before they answer: a line for the tool, then a line or more for each argument. */
export function describeCall(tool: ToolQuestion): string {
  const title = `${singleLine(tool.server, LONGEST_NAME)}/${singleLine(tool.name, LONGEST_NAME)}`;
  const entries = Object.entries(tool.arguments).map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
    const lines = reveal(text).split("\n");
    return `  ${reveal(name).replaceAll("\n", " ")}: ${lines.join("\n    ")}`;
  });
  return [`The model wants to call ${title}${entries.length > 0 ? " with" : ""}`, ...entries].join("\n");
}

/**
 * Asks, and waits as long as it takes. Ctrl-C, Ctrl-D and Escape mean no. Rejects with the signal's reason.
 */
export async function askPermission(
  editor: Pick<LineEditor, "key" | "print">,
  tool: ToolQuestion,
  signal: AbortSignal,
): Promise<PermissionAnswer> {
  editor.print(describeCall(tool));
  const key = await editor.key(CHOICES, Object.keys(ANSWERS).join(""), signal);
  return (key && ANSWERS[key]) || "no";
}
