/**
 * A small MCP server that mcpchat brings along: a clock, over standard input and output, so that the demo model has a tool
 * to call. Written by hand, as it has to start fast, and the SDK's server is not part of mcpchat.
 */
import { answerTo, parseError } from "./clock-answers.ts";

/** Longer than any request that a clock gets: what has no end yet is given up at this length, in characters. */
const LONGEST_LINE = 1_000_000;

export interface ClockStreams {
  input: AsyncIterable<Uint8Array>;
  write(line: string): void;
  now(): Date;
}

/** Serves until the end of the input, or until a line is too long to be a request; the exit code. */
export async function runClock(streams: ClockStreams = standardStreams()): Promise<number> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of streams.input) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) serve(line, streams);
    if (rest.length > LONGEST_LINE) return 1;
  }
  serve(rest, streams);
  return 0;
}

function standardStreams(): ClockStreams {
  return {
    input: Bun.stdin.stream(),
    write: (line) => void process.stdout.write(line),
    now: () => new Date(),
  };
}

function serve(line: string, { write, now }: ClockStreams): void {
  if (line.trim() === "") return;
  const answer = answerToLine(line, now());
  if (answer !== undefined) write(`${JSON.stringify(answer)}\n`);
}

function answerToLine(line: string, now: Date): object | undefined {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return parseError();
  }
  return answerTo(message, now);
}
