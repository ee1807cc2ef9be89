/** What a run or a chat keeps over its turns: what the user was told, what it cost, what was left out of a request. */
import type { Configuration } from "../config/configuration.ts";
import type { Environment } from "../config/paths.ts";
import type { ModelRequest } from "../llm/port.ts";
import { type ModelName, parseModelName } from "../llm/select.ts";
import type { App } from "./app.ts";
import type { ChosenModel } from "./model.ts";
import { createSpending, type Spending } from "./spending.ts";

export interface Keeper {
  /** The lines that the user was told by models: each is told once. */
  readonly told: Set<string>;
  readonly spending: Spending;
  /** A request as one model may be sent it: fit for its window, and within the limits of cost. Throws UserError. */
  prepare(chosen: ChosenModel): (request: ModelRequest) => Promise<ModelRequest>;
  /** What would be sent, as lines. */
  describe(chosen: ChosenModel, request: ModelRequest): Promise<readonly string[]>;
}

/** What fits a request into a window is loaded for the first one that may need it. */
export function createKeeper(app: App, env: Environment): Keeper {
  const spending = createSpending(app, { env });
  return {
    told: new Set(),
    spending,
    prepare: (chosen) => async (request) => {
      const configuration = (await app.services.need("config")).current();
      const name = { provider: chosen.provider.name, model: chosen.model };
      return spending.prepare(name, standIns(configuration))(request);
    },
    describe: async () => [],
  };
}

/** The models that may answer instead, as far as their names can be read. */
function standIns({ fallback, modelAliases }: Configuration): ModelName[] {
  return fallback.flatMap((name) => parseModelName(modelAliases[name] ?? name) ?? []);
}
