/**
 * What standard input, output and error are connected to. Asked of the system directly: `process.stdout` and its
 * like cost 9 ms to touch (measured), as much as starting twice.
 */
import { fstatSync } from "node:fs";

/** `none`: closed, or a device that is no terminal, such as /dev/null. */
export type StreamKind = "terminal" | "pipe" | "file" | "socket" | "none";

export type StandardFd = 0 | 1 | 2;

export function streamKind(fd: StandardFd): StreamKind {
  const status = statusOf(fd);
  if (!status) return "none";
  if (status.isFIFO()) return "pipe";
  if (status.isFile()) return "file";
  if (status.isSocket()) return "socket";
  // Loaded only for devices: it costs 3 ms.
  return process.getBuiltinModule("node:tty").isatty(fd) ? "terminal" : "none";
}

function statusOf(fd: StandardFd): ReturnType<typeof fstatSync> | undefined {
  try {
    return fstatSync(fd);
  } catch {
    return undefined;
  }
}
