/** What is told while a model is pulled. */
import type { Retrying } from "./retry.ts";

export type PullEvent =
  /** What is about to be pulled; `bytes` is absent when a server does not tell. */
  | { type: "planned"; name: string; parts: number; bytes?: number }
  /** Of what is there already so much was looked at, over all parts. */
  | { type: "checking"; bytes: number; totalBytes?: number }
  /** So much is there, over all parts. */
  | { type: "progress"; bytes: number; totalBytes?: number }
  | { type: "retrying"; retrying: Retrying }
  /** What was there is not used. */
  | { type: "restarted"; why: string };
