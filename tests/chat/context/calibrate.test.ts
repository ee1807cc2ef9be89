import { expect, test } from "bun:test";
import { calibrate } from "../../../src/chat/context/calibrate.ts";
import type { Message, Usage } from "../../../src/lib/conversation.ts";

const counted = (input: number): Usage => ({
  input: input / 2,
  output: 7,
  cacheRead: input / 4,
  cacheWrite: input / 4,
});

interface Given {
  input?: number;
  provider?: string;
  model?: string;
}

/** Questions of 1,000 tokens, each with the answer that is given; answers are of no size. */
function messages(...answers: Given[]): Message[] {
  return answers.flatMap(({ input, provider = "p", model = "m" }): Message[] => {
    const answer = { role: "assistant" as const, blocks: [], provider, model };
    return [
      { role: "user", blocks: [] },
      { ...answer, ...(input && { usage: counted(input) }) },
    ];
  });
}

const factorOf = (...answers: Given[]) =>
  calibrate(messages(...answers), {
    provider: "p",
    model: "m",
    size: ({ role }) => (role === "user" ? 1000 : 0),
    surroundings: 1000,
    whole: 5000,
  });

test.each<[string, Given[], number]>([
  ["nothing is known", [{}], 1],
  ["more was counted", [{ input: 3000 }], 1.5],
  ["less was counted, in steps", [{ input: 1610 }], 0.9],
  ["the latest counts", [{ input: 3000 }, { input: 3600 }], 1.2],
  ["one without a count changes nothing", [{ input: 3000 }, {}], 1.5],
  ["what cannot be is not believed", [{ input: 22 }, { input: 30_000 }], 1],
  ["another provider's does not count", [{ input: 3000, provider: "q" }], 1],
  ["another model's does not count", [{ input: 3000, model: "n" }], 1],
  [
    "nor does a request of which a part was left out because estimates are too low",
    [{ input: 4000 }, {}, { input: 2400 }],
    2,
  ],
  [
    "a request of which a part was left out says nothing",
    [{ input: 3000 }, {}, {}, {}, { input: 4000 }],
    1.5,
  ],
])("%s", (_, answers, factor) => {
  expect(factorOf(...answers)).toBe(factor);
});
