/** What a person is told of the life of a server: each crash once, when the server is back, or when it is given up. */
import type { NoticeLevel } from "../../lib/notice.ts";
import type { Life } from "./life.ts";

export interface News {
  level: NoticeLevel;
  text: string;
}

export interface Circumstances {
  before: Life;
  life: Life;
  /** It was tried again after it had been away, and is tried again now. */
  wasAway: boolean;
  isAway: boolean;
  /** What a person can do about a server that is not tried again. */
  advice?: string | undefined;
}

/** Undefined where there is no news. */
export function newsOf(name: string, now: Circumstances): News | undefined {
  const { before, life, wasAway, isAway, advice } = now;
  if (life.state === "failed") {
    if (wasAway && isAway) return undefined;
    const next = isAway ? "; it is tried again" : advice === undefined ? "" : `; ${advice}`;
    return { level: "error", text: `server ${name} failed: ${life.error}${next}` };
  }
  if (life.state !== "ready") return undefined;
  if (wasAway) return { level: "warn", text: `server ${name} is back` };
  if (before.state !== "restarting") return undefined;
  const text = `server ${name} crashed (${before.reason}), restarted in ${life.startMs} ms`;
  return { level: "warn", text };
}
