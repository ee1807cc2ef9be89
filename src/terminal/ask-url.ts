/** Asks the person at the terminal whether to open an address that a server wants them to visit. */
import { isLoopback } from "../lib/loopback.ts";
import { singleLine } from "../lib/text-layout.ts";
import { reveal } from "../lib/text-reveal.ts";
import type { LineEditor } from "./line-editor-port.ts";

export interface UrlQuestion {
  server: string;
  message: string;
  /** http or https. */
  url: string;
}

export type UrlAnswer = { action: "accept" | "decline" | "cancel" };

const LONGEST_NAME = 80;

/** What the person reads first: who asks, why, the whole address, and its host when that may be taken for another one. */
export function describeUrl({ server, message, url }: UrlQuestion): string {
  const { href, hostname, protocol } = new URL(url);
  const warnings = [
    // What looks like a name of letters that you know may be written with others.
    hostname.split(".").some((label) => label.startsWith("xn--")) &&
      `  Beware: the host is ${hostname}, whose letters are not what they may look like.`,
    protocol === "http:" && !isLoopback(hostname) && "  Beware: what you send there can be read on the way.",
  ];
  const words = reveal(message).trim().split("\n").join("\n    ");
  return [
    `server ${singleLine(server, LONGEST_NAME)} asks you to open an address: ${words}`,
    `  ${href}`,
    `  on the host ${hostname}`,
    ...warnings.filter((warning) => warning !== false),
  ].join("\n");
}

/**
 * Asks, and has `open` open the address for a yes. Ctrl-C, Ctrl-D and Escape close the question. Rejects with the signal's
 * reason.
 */
export async function askUrl(
  editor: Pick<LineEditor, "key" | "print">,
  question: UrlQuestion,
  open: (url: string) => Promise<boolean>,
  signal: AbortSignal,
): Promise<UrlAnswer> {
  editor.print(describeUrl(question));
  const key = await editor.key("Open it in your browser: [y]es, [n]o? ", "yn", signal);
  if (key !== "y") return { action: key === "n" ? "decline" : "cancel" };
  const opened = await open(new URL(question.url).href);
  if (!opened) editor.print("  No browser could be started: copy the address to one.");
  return { action: "accept" };
}
