/**
 * Another model where the one that was asked is away: only as long as nothing of an answer was shown, and only for
 * what another model can mend. A key that is refused, or a request that makes no sense, is told instead.
 */
import { describeError, UserError } from "../lib/errors.ts";
import { ProviderError, type ProviderErrorKind } from "./errors.ts";
import type { ModelEvent, ModelRequest, Provider } from "./port.ts";
import { type Failure, untilFailure } from "./until-failure.ts";

export interface OpenedCandidate {
  /** With guards of its own: what it gives up on is given up. */
  provider: Provider;
  model: string;
  /** Makes the request fit for this model before it is sent; what it throws as a UserError ends the request unsent. */
  prepare?: (request: ModelRequest) => Promise<ModelRequest>;
}

export interface Candidate {
  /** Such as `openai/gpt-5`. */
  name: string;
  /** Called when its turn comes. Throws UserError where it cannot be used. */
  open(): Promise<OpenedCandidate>;
}

/** `name` and `model` are those of the candidate that the next request goes to. */
export interface FallbackProvider extends Provider {
  readonly model: string;
}

/**
 * Asks the first candidate, and then the others in their order, while those before are away. It stays with the one
 * that it has come to for as long as it lives. `others` is called when the first has failed.
 */
export function withFallback(
  first: OpenedCandidate,
  others: () => Promise<readonly Candidate[]>,
): FallbackProvider {
  const course = new Course(first, others);
  return {
    get name() {
      return course.current.provider.name;
    },
    get model() {
      return course.current.model;
    },
    stream: (request, signal, alive) => answered(course, { request, signal, alive }),
  };
}

/** How far down the list it is. */
class Course {
  current: OpenedCandidate;
  readonly #first: OpenedCandidate;
  readonly #others: () => Promise<readonly Candidate[]>;
  #left: readonly Candidate[] | undefined;

  constructor(first: OpenedCandidate, others: () => Promise<readonly Candidate[]>) {
    this.current = first;
    this.#first = first;
    this.#others = others;
  }

  /** Whoever stands in is as good as the next one; the model that was asked for is not left for any reason. */
  mayLeave({ kind }: ProviderError): boolean {
    if (kind === "aborted" || kind === "unsent") return false;
    return this.current !== this.#first || AWAY[kind];
  }

  async next(): Promise<Candidate | undefined> {
    const [next, ...left] = this.#left ?? (await this.#others());
    this.#left = left;
    return next;
  }
}

/** Whether a kind of error means that this model cannot be had now, and another may be. */
const AWAY: Readonly<Record<ProviderErrorKind, boolean>> = {
  network: true,
  timeout: true,
  overloaded: true,
  server: true,
  conflict: true,
  rate_limit: true,
  /** The limit is the provider's: it says nothing about the others. */
  quota: true,
  idle: true,
  cut_off: true,
  circuit_open: true,
  /** A portal that wants a login, or a gateway's page of an error. */
  protocol: true,
  auth: false,
  not_found: false,
  bad_request: false,
  too_long: false,
  unsent: false,
  aborted: false,
};

interface Asked {
  request: ModelRequest;
  signal: AbortSignal;
  alive: (() => void) | undefined;
}

async function* answered(course: Course, asked: Asked): AsyncGenerator<ModelEvent> {
  const reasons: string[] = [];
  const ready = await prepared(course.current, asked.request);
  if (ready instanceof ProviderError) return yield { type: "failed", error: ready };
  let failure = yield* ask(course.current, ready, asked);
  const asFirst = failure?.failed.error;
  while (failure) {
    const { failed, held, seen } = failure;
    reasons.push(failed.error.message);
    const stays = seen || asked.signal.aborted || !course.mayLeave(failed.error);
    const next = stays ? undefined : yield* openNext(course, asked.request, reasons);
    if (!next) {
      yield* held;
      if (stays || !asFirst || reasons.length === 1) return yield failed;
      return yield { type: "failed", error: allFailed(asFirst, reasons) };
    }
    course.current = next.opened;
    const { provider, model } = next.opened;
    yield { type: "fallback", provider: provider.name, model, error: failed.error };
    failure = yield* ask(next.opened, next.ready, asked);
  }
}

function ask(
  { provider }: OpenedCandidate,
  ready: ModelRequest,
  { signal, alive }: Asked,
): AsyncGenerator<ModelEvent, Failure | undefined> {
  return untilFailure(provider.stream(ready, signal, alive));
}

/** The next candidate that can be asked; those that cannot are told of, and passed over. */
async function* openNext(
  course: Course,
  request: ModelRequest,
  reasons: string[],
): AsyncGenerator<ModelEvent, { opened: OpenedCandidate; ready: ModelRequest } | undefined> {
  for (let candidate = await course.next(); candidate; candidate = await course.next()) {
    const { name } = candidate;
    const next = await readied(candidate, request);
    if (!(next instanceof UserError)) return next;
    yield { type: "notice", text: `${name} cannot answer instead: ${describeError(next)}` };
    reasons.push(`${name} cannot be used: ${next.message}`);
  }
  return undefined;
}

async function readied(
  candidate: Candidate,
  request: ModelRequest,
): Promise<{ opened: OpenedCandidate; ready: ModelRequest } | UserError> {
  try {
    const opened = await candidate.open();
    const ready = await prepared(opened, request);
    return ready instanceof ProviderError ? ready : { opened, ready };
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** The request as this model is to get it, or why it is not to get it. */
async function prepared(
  { model, prepare }: OpenedCandidate,
  request: ModelRequest,
): Promise<ModelRequest | ProviderError> {
  const own = { ...request, model };
  try {
    return prepare ? await prepare(own) : own;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, code, exitCode, advice } = error;
    return new ProviderError("unsent", message, {
      code,
      exitCode,
      cause: error,
      ...(advice === undefined ? {} : { advice }),
    });
  }
}

/** Of the sort of the first, as that was the model that was wanted; names everybody. */
function allFailed(first: ProviderError, reasons: readonly string[]): ProviderError {
  const { kind, status, retryAfterMs, advice, code, exitCode } = first;
  return new ProviderError(kind, reasons.join("; "), {
    retry: "no",
    code,
    exitCode,
    cause: first,
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(advice === undefined ? {} : { advice }),
  });
}
