/** What a run or a chat keeps over its turns: what the user was told, what it cost, what was left out of a request. */
import type { AnsweredRequest } from "../chat/events.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import type { Block } from "../lib/conversation.ts";
import type { ModelRequest } from "../llm/port.ts";
import { type ModelName, parseModelName } from "../llm/select.ts";
import type { App } from "./app.ts";
import type { Context } from "./context.ts";
import type { ChosenModel } from "./model.ts";
import { createSpending, type Spending } from "./spending.ts";

export interface Keeper {
  /** The lines that the user was told by models: each is told once. */
  readonly told: Set<string>;
  readonly spending: Spending;
  /**
   * A request as one model may be sent it: fit for its window, and within the limits of cost. `signal` ends what has to
   * be asked for that. Throws UserError.
   */
  prepare(chosen: ChosenModel, signal: AbortSignal): (request: ModelRequest) => Promise<ModelRequest>;
  /** What would be sent, as lines. */
  describe(chosen: ChosenModel, request: ModelRequest): Promise<readonly string[]>;
}

/** Every model has room for as much, in characters. */
const ROOM_FOR_SURE = 48_000;

/** What fits a request into a window is loaded for the first one that may need it. */
export function createKeeper(app: App, env: Environment): Keeper {
  const spending = createSpending(app, { env });
  const onAnswered = (request: AnsweredRequest) => spending.spent(request);
  let loading: Promise<Context> | undefined;
  const context = async () => {
    const { createContext } = await import("./context.ts");
    return createContext(app, env, { onAnswered, guard: (chosen) => spending.prepare(named(chosen)) });
  };
  const opened = () => (loading ??= context());
  return {
    told: new Set(),
    spending,
    prepare: (chosen, signal) => async (request) => {
      const configuration = (await app.services.need("config")).current();
      const fitting = needsFitting(chosen, request, configuration);
      const fit = fitting ? await (await opened()).prepare(chosen, signal)(request) : request;
      return spending.prepare(named(chosen), standIns(configuration))(fit);
    },
    describe: async (chosen, request) => (await opened()).describe(chosen, request),
  };
}

function needsFitting(chosen: ChosenModel, request: ModelRequest, { modelSettings }: Configuration): boolean {
  if (chosen.local || Object.hasOwn(modelSettings, `${chosen.provider.name}/${chosen.model}`)) return true;
  let size = request.system?.length ?? 0;
  for (const { blocks } of request.messages) {
    for (const block of blocks) size += sizeOf(block);
    if (size > ROOM_FOR_SURE) return true;
  }
  return size + JSON.stringify(request.tools).length > ROOM_FOR_SURE;
}

function sizeOf(block: Block): number {
  if (block.type === "text" || block.type === "thinking") return block.text.length;
  if (block.type === "media") return block.data.length;
  if (block.type === "tool_call") return JSON.stringify(block.arguments).length;
  return block.content.length + (block.media ?? []).reduce((sum, { data }) => sum + data.length, 0);
}

function named({ provider, model }: ChosenModel): ModelName {
  return { provider: provider.name, model };
}

/** The models that may answer instead, as far as their names can be read. */
function standIns({ fallback, modelAliases }: Configuration): ModelName[] {
  return fallback.flatMap((name) => parseModelName(modelAliases[name] ?? name) ?? []);
}
