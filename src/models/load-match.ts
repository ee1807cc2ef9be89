/** Whether a model that is in memory will do for somebody who wants it in a certain way. Pure. */
import type { LoadedModel, LoadOptions } from "./port.ts";

/** Whether a model that was loaded with `options` is what somebody wants, who leaves the choice where they say nothing. */
export function isMetBy(wanted: LoadOptions, options: LoadOptions, model: LoadedModel | undefined): boolean {
  const isMet = (key: "contextSize" | "threads" | "batchSize") =>
    wanted[key] === undefined || wanted[key] === options[key] || wanted[key] === model?.[key];
  const { acceleration = "auto" } = wanted;
  const sameAcceleration = acceleration === (options.acceleration ?? "auto");
  return isMet("contextSize") && isMet("threads") && isMet("batchSize") && sameAcceleration;
}
