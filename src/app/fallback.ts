/** The model of a turn, and those of the configuration that answer in its place while it is away. */
import type { Environment } from "../config/paths.ts";
import {
  type Candidate,
  type FallbackProvider,
  type OpenedCandidate,
  withFallback,
} from "../llm/fallback.ts";
import type { ModelRequest } from "../llm/port.ts";
import type { App } from "./app.ts";
import { type ChosenModel, openModel } from "./model.ts";
import { standIns } from "./stand-ins.ts";

export interface AnsweringOptions {
  /** Makes a request fit for the model that it goes to, or throws a UserError. */
  prepare?: (chosen: ChosenModel) => (request: ModelRequest) => Promise<ModelRequest>;
}

/**
 * What a turn asks. One for each turn: within it the requests after the tools go to the model that has taken over,
 * and the next turn tries the chosen one again.
 */
export function answering(
  app: App,
  env: Environment,
  chosen: ChosenModel,
  { prepare }: AnsweringOptions = {},
): FallbackProvider {
  const candidate = (model: ChosenModel): OpenedCandidate => ({
    provider: model.provider,
    model: model.model,
    ...(prepare && { prepare: prepare(model) }),
  });
  const others = async (): Promise<Candidate[]> => {
    const configuration = (await app.services.need("config")).current();
    return standIns(configuration, `${chosen.provider.name}/${chosen.model}`).map((name) => ({
      name,
      open: async () => candidate(await openModel(app, env, name)),
    }));
  };
  return withFallback(candidate(chosen), others);
}
