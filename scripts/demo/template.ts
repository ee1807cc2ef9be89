/**
 * The demo's chat template. It cannot look at what messages say, as node-llama-cpp renders it with placeholders; it tells
 * the model what it can know: which message is the last, whether it is the first, and whether the clock can be called.
 */
import { CONTROLS } from "../gguf/chat-template.ts";
import { CLOCK_TOOL } from "./texts.ts";

/** Control tokens that the demo has beside those of every model of ours. */
export const DEMO_CONTROLS = {
  /** In place of `user`: the message that is to be answered. */
  ask: "<|ask|>",
  /** In place of `result`: what came back for the message that is to be answered. */
  answer: "<|answer|>",
  /** What answers begin with: the first or a later one, with the clock or without it. */
  firstWithClock: "<|first-clock|>",
  firstWithout: "<|first|>",
  laterWithClock: "<|later-clock|>",
  laterWithout: "<|later|>",
} as const;

export const OPENINGS = [
  DEMO_CONTROLS.firstWithClock,
  DEMO_CONTROLS.firstWithout,
  DEMO_CONTROLS.laterWithClock,
  DEMO_CONTROLS.laterWithout,
] as const;

export function demoTemplate(): string {
  const { begin: _, call, arguments: given, called, end, result, resumed, system, user } = CONTROLS;
  const { ask, answer, firstWithClock, firstWithout, laterWithClock, laterWithout } = DEMO_CONTROLS;
  const begins =
    `{% if now.after == 'tool' %}${resumed}` +
    `{% elif now.turns > 1 %}{{ '${laterWithClock}' if now.clock else '${laterWithout}' }}` +
    `{% else %}{{ '${firstWithClock}' if now.clock else '${firstWithout}' }}{% endif %}`;
  const calls =
    "{% for call in message.tool_calls or [] %}" +
    `${call}{{ call.function.name }}${given}{{ call.function.arguments | tojson }}${called}{% endfor %}`;
  return [
    "{{ bos_token }}{% set now = namespace(clock=false, last=-1, turns=0, after='') %}",
    `{% for tool in tools or [] %}{% if tool.function.name == '${CLOCK_TOOL}' %}{% set now.clock = true %}{% endif %}`,
    "{% endfor %}{% for message in messages %}{% if message.role == 'user' %}{% set now.last = loop.index0 %}",
    "{% endif %}{% endfor %}{% for message in messages %}",
    `{% if message.role == 'system' %}${system}{{ message.content }}${end}`,
    "{% elif message.role == 'user' %}{% set now.turns = now.turns + 1 %}",
    `{{ '${ask}' if loop.index0 == now.last else '${user}' }}{{ message.content }}${end}`,
    "{% elif message.role == 'tool' %}",
    `{{ '${answer}' if loop.index0 > now.last else '${result}' }}{{ message.content }}${end}`,
    `{% else %}${begins}{{ message.content or '' }}${calls}${end}{% endif %}`,
    "{% set now.after = message.role %}{% endfor %}",
    `{% if add_generation_prompt %}${begins}{% endif %}`,
  ].join("");
}
