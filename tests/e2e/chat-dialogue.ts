/** A chat on a pseudo-terminal, at its first prompt. */
import type { Pty } from "../fixtures/terminal/pty.ts";
import type { Home } from "./harness.ts";

export const PROMPT = "> ";
export const CTRL_C = "\x03";
export const CTRL_D = "\x04";
export const UP = "\x1b[A";

/** Starts a chat with a model of the loopback server. */
export async function openChat(home: Home, model: string, ...options: string[]): Promise<Pty> {
  const pty = home.terminal(["-m", `openai/${model}`, ...options]);
  await pty.until(`openai/${model}; /help`);
  await pty.until(PROMPT);
  return pty;
}

/** Types a line and waits for these texts, in this order, and for the next prompt. */
export async function say(pty: Pty, line: string, ...texts: string[]): Promise<void> {
  pty.type(`${line}\r`);
  // The terminal's own echo comes first.
  if (line !== "") await pty.until(line.split("\n").at(-1) ?? "");
  for (const text of texts) await pty.until(text);
  await pty.until(PROMPT);
}
