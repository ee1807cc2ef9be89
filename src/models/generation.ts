/** One answer of a model as its caller sees it: events to the end, whatever becomes of the process under it. */
import type { Clock } from "../lib/clock.ts";
import { EventQueue } from "./event-queue.ts";
import type { Lease, LeaseRequest } from "./loader.ts";
import type { GenerateEvent, GenerateRequest } from "./port.ts";
import { problemOf } from "./problem.ts";

export interface GenerationOptions {
  /** Throws ModelError. */
  lease(request: LeaseRequest): Promise<Lease>;
  clock: Clock;
}

type Ended = GenerateEvent & { type: "done" | "failed" };
type Emit = (event: GenerateEvent) => void;

/** Waiting for the process or for another model that is being loaded shows no progress, yet it goes on. */
const ALIVE_EVERY_MS = 1000;

/** Ends with exactly one `done` or `failed`; never throws. A consumer that leaves early stops the answer. */
export async function* generate(
  options: GenerationOptions,
  request: GenerateRequest,
  signal: AbortSignal,
): AsyncGenerator<GenerateEvent, void, undefined> {
  const left = new AbortController();
  const queue = new EventQueue<GenerateEvent>();
  const emit: Emit = (event) => queue.push(event);
  void answer(options, request, AbortSignal.any([signal, left.signal]), emit).then((ended) => {
    queue.push(ended);
    queue.end();
  });
  try {
    yield* queue;
  } finally {
    left.abort();
  }
}

/** Never rejects. */
async function answer(
  options: GenerationOptions,
  request: GenerateRequest,
  signal: AbortSignal,
  emit: Emit,
): Promise<Ended> {
  let lease: Lease | undefined;
  try {
    lease = await waitForModel(options, request, signal, emit);
    return await lease.link.call(
      "generate",
      { request },
      {
        signal,
        onNews: (news) => news.type === "event" && emit(news.event),
        onAlive: () => emit({ type: "alive" }),
      },
    );
  } catch (error) {
    return { type: "failed", problem: problemOf(error) };
  } finally {
    lease?.release();
  }
}

async function waitForModel(
  { lease, clock }: GenerationOptions,
  { path, load }: GenerateRequest,
  signal: AbortSignal,
  emit: Emit,
): Promise<Lease> {
  let cancel = () => {};
  const tick = () => {
    cancel = clock.setTimer(ALIVE_EVERY_MS, () => {
      emit({ type: "alive" });
      tick();
    });
  };
  tick();
  const onProgress = (fraction: number) => emit({ type: "loading", path, fraction });
  try {
    return await lease({ path, options: load, onProgress, signal });
  } finally {
    cancel();
  }
}
