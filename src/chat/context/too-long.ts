/** What cannot be made to fit: whether to refuse it, and in which words. Pure. */
import { ProviderError } from "../../llm/errors.ts";
import type { Room } from "./room.ts";

/** Estimates are on the high side: what is beyond a window by no more than this may be taken by the provider after all. */
const DOUBT = 1.25;

/** `least` is what the messages come to in their shortest form. Undefined where the provider is to judge. */
export function tooLongError(name: string, room: Room, least: number): ProviderError | undefined {
  const { window, factor, surroundings } = room;
  const tokens = Math.round((least + surroundings) * factor);
  if (tokens <= window * DOUBT) return undefined;
  const [provider, model] = name.split(/\/(.*)/);
  const setting = `models.settings."${provider}/${model}".context_window`;
  const other = `choose a model with a larger window with -m, or correct ${setting}`;
  const size = `about ${Math.round(surroundings * factor)} of ${window} tokens`;
  if (surroundings * factor > window - Math.min(window / 4, room.reserve)) {
    const what = `the system prompt and the tools leave no room in the window of ${name} (${size})`;
    return new ProviderError("too_long", what, {
      advice: `shorten it, offer fewer tools with --tool, or ${other}`,
    });
  }
  const what = `the message alone is larger than the window of ${name} (about ${tokens} of ${window} tokens)`;
  return new ProviderError("too_long", what, { advice: `send less, or ${other}` });
}
