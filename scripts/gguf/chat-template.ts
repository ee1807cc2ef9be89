/** How a conversation is written for our models: the control tokens, and the Jinja template that sets them. */

/** The order is that of the vocabulary. */
export const CONTROLS = {
  begin: "<|begin|>",
  end: "<|end|>",
  tools: "<|tools|>",
  system: "<|system|>",
  user: "<|user|>",
  assistant: "<|assistant|>",
  /** The tool's name follows. */
  call: "<|call|>",
  arguments: "<|arguments|>",
  called: "<|called|>",
  result: "<|result|>",
  /** Where the assistant goes on after a tool's result. */
  resumed: "<|resumed|>",
} as const;

export const THINKING = { open: "<think>", close: "</think>" } as const;

/**
 * `opening` is the expression for the token that begins an answer; it may look at `tools` and at `message`, but not at
 * what messages say: node-llama-cpp renders templates with placeholders in place of the texts.
 */
export function chatTemplate({
  opening,
  thinking = false,
}: {
  opening?: string;
  thinking?: boolean;
} = {}): string {
  const c = CONTROLS;
  const begins = `{{ '${c.resumed}' if after.role == 'tool' else (${opening ?? `'${c.assistant}'`}) }}`;
  const thought = `{% if message.reasoning_content %}${THINKING.open}{{ message.reasoning_content }}${THINKING.close}{% endif %}`;
  const calls =
    "{% for call in message.tool_calls or [] %}" +
    `${c.call}{{ call.function.name }}${c.arguments}{{ call.function.arguments | tojson }}${c.called}{% endfor %}`;
  return [
    "{{ bos_token }}",
    `{% if tools %}${c.tools}{{ tools | tojson }}${c.end}{% endif %}`,
    "{% set after = namespace(role='') %}",
    "{% for message in messages %}",
    "{% if message.role == 'assistant' %}",
    `${begins}${thinking ? thought : ""}{{ message.content or '' }}${calls}${c.end}`,
    `{% elif message.role == 'tool' %}${c.result}{{ message.content }}${c.end}`,
    `{% else %}{{ '<|' ~ message.role ~ '|>' }}{{ message.content }}${c.end}{% endif %}`,
    "{% set after.role = message.role %}",
    "{% endfor %}",
    `{% if add_generation_prompt %}${begins}{% endif %}`,
  ].join("");
}
