/** The provider `local`: GGUF models that run inside this executable, in a process of their own. */
import { basename } from "node:path";
import { UserError } from "../../lib/errors.ts";
import { readFileName } from "../../models/names.ts";
import type { Models } from "../../models/port.ts";
import { abortedError } from "../classify.ts";
import type { ModelEvent, ModelRequest, Provider } from "../port.ts";
import { wellFormedRequest } from "../well-formed.ts";
import { toModelEvent } from "./events.ts";
import { failureOf } from "./failure.ts";
import { holdsMedia, type LocalModel, originOf, toGenerateRequest } from "./request.ts";

export interface LocalProviderOptions {
  /** The branch of the tree that runs models; asked for at each request, as it may have been restarted. */
  models: () => Promise<Models> | Models;
  /** The file of a model, and how to load it, by the name after `local/`. Throws UserError. */
  resolve: (name: string) => Promise<LocalModel> | LocalModel;
}

/** Not guarded yet. Loading a model is part of a request: it shows as progress, and each sign of it as life. */
export function createLocalProvider(options: LocalProviderOptions): Provider {
  return {
    name: "local",
    stream: (request, signal, alive = () => {}) => answer(options, request, signal, alive),
  };
}

async function* answer(...given: Parameters<typeof generate>): AsyncGenerator<ModelEvent> {
  const [, request] = given;
  if (holdsMedia(request)) yield { type: "notice", text: textOnly(request.model) };
  yield* generate(...given);
}

async function* generate(
  { models, resolve }: LocalProviderOptions,
  request: ModelRequest,
  signal: AbortSignal,
  alive: () => void,
): AsyncGenerator<ModelEvent> {
  const target = { provider: "local", model: request.model, origin: "" };
  try {
    const model = await resolve(request.model);
    const running = await models();
    for await (const event of running.generate(
      toGenerateRequest(wellFormedRequest(request), model),
      signal,
    )) {
      alive();
      const passed = toModelEvent(event, { title: titleOf(request.model), origin: originOf(model) });
      if (passed?.type === "failed" && signal.aborted) break;
      if (passed) yield passed;
      if (passed?.type === "failed" || passed?.type === "done") return;
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (!signal.aborted) return yield { type: "failed", error: failureOf(error) };
  }
  if (signal.aborted) yield { type: "failed", error: abortedError(target, signal.reason) };
}

function textOnly(model: string): string {
  return `${titleOf(model)} reads text alone: of images and PDFs it is told the names`;
}

/** What a user calls a model: its name, or that of its file without folder and ending. */
function titleOf(model: string): string {
  return readFileName(basename(model))?.name ?? model;
}
