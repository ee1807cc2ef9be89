/** What a run or a chat keeps over its turns: what the user was told, what it cost, what was left out of a request. */
import type { Size } from "../chat/context/estimate.ts";
import { surelyFits } from "../chat/context/surely-fits.ts";
import type { AnsweredRequest } from "../chat/events.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import type { ModelRequest } from "../llm/port.ts";
import { type ModelName, parseModelName } from "../llm/select.ts";
import type { App } from "./app.ts";
import type { Context } from "./context.ts";
import type { ChosenModel } from "./model.ts";
import { createSpending, type Spending } from "./spending.ts";
import { standIns } from "./stand-ins.ts";

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

/** What fits a request into a window is loaded for the first one that may need it. */
export function createKeeper(app: App, env: Environment): Keeper {
  let remembering: Promise<Size> | undefined;
  const size = () => (remembering ??= openSize());
  const spending = createSpending(app, { env, size });
  const summing = spending.beside();
  let loading: Promise<Context> | undefined;
  const context = async () => {
    const { createContext } = await import("./context.ts");
    return createContext(app, env, {
      size: await size(),
      onAnswered: (request: AnsweredRequest) => summing.spent(request),
      guard: (chosen) => summing.prepare(named(chosen)),
    });
  };
  const opened = () => (loading ??= context());
  return {
    told: new Set(),
    spending,
    prepare: (chosen, signal) => async (request) => {
      // Whatever was asked before it is over: a request that failed leaves its money to a summary.
      spending.release();
      const configuration = (await app.services.need("config")).current();
      const fitting = needsFitting(chosen, request, configuration);
      const fit = fitting
        ? await (await opened()).prepare(chosen, signal)(request).finally(summing.release)
        : request;
      return spending.prepare(named(chosen), othersThan(chosen, configuration))(fit);
    },
    describe: async (chosen, request) => (await opened()).describe(chosen, request),
  };
}

/** Messages are estimated once, whoever wants to know. */
async function openSize(): Promise<Size> {
  return (await import("../chat/context/estimate.ts")).remembering();
}

function needsFitting(chosen: ChosenModel, request: ModelRequest, { modelSettings }: Configuration): boolean {
  if (chosen.local || Object.hasOwn(modelSettings, nameOf(chosen))) return true;
  return !surelyFits(request);
}

function named({ provider, model }: ChosenModel): ModelName {
  return { provider: provider.name, model };
}

function nameOf({ provider, model }: ChosenModel): string {
  return `${provider.name}/${model}`;
}

/** The models that may answer instead. */
function othersThan(chosen: ChosenModel, configuration: Configuration): ModelName[] {
  return standIns(configuration, nameOf(chosen)).flatMap((name) => parseModelName(name) ?? []);
}
