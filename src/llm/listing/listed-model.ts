/** A model as its provider lists it, and what every reader of such lists needs. Pure. */
import { count, type Fields, text } from "../fields.ts";

/** What is absent was not said. */
export interface ListedModel {
  /** What stands behind `PROVIDER/`. */
  name: string;
  /** Tokens of a request and its answer together. */
  contextWindow?: number;
  /** Tokens of one answer. */
  maxOutput?: number;
  /** In US dollars for a million tokens. */
  inputPrice?: number;
  outputPrice?: number;
  /** Whether a server on the user's own machine has it in memory. */
  loaded?: boolean;
}

const LONGEST_NAME = 300;

/** The first of these fields that is a name. */
export function nameIn(entry: Fields, ...names: string[]): string | undefined {
  return names
    .map((name) => text(entry[name]).trim())
    .find((name) => name !== "" && name.length <= LONGEST_NAME);
}

/** The first of these that is a number of tokens. */
export function tokensIn(...values: unknown[]): number | undefined {
  return values.map(count).find((value) => value !== undefined && Number.isSafeInteger(value) && value > 0);
}

/** Without the fields that are not known. */
export function listed(
  model: {
    [Key in keyof ListedModel]: ListedModel[Key] | undefined;
  } & { name: string },
): ListedModel {
  const { name, contextWindow, maxOutput, inputPrice, outputPrice, loaded } = model;
  return {
    name,
    ...(contextWindow !== undefined && { contextWindow }),
    ...(maxOutput !== undefined && { maxOutput }),
    ...(inputPrice !== undefined && { inputPrice }),
    ...(outputPrice !== undefined && { outputPrice }),
    ...(loaded !== undefined && { loaded }),
  };
}

/** Each name once, in the order of names. */
export function inOrder(models: readonly ListedModel[]): ListedModel[] {
  const byName = new Map(models.map((model) => [model.name, model]));
  return [...byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}
