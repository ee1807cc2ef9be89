/** Conversations of every kind that a session can hold, the odd ones included, for property tests. */
import fc from "fast-check";
import type { Block, Message } from "../../../src/lib/conversation.ts";

const words = fc.oneof(
  { weight: 6, arbitrary: fc.lorem({ maxCount: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 80 }) },
  { weight: 1, arbitrary: fc.constantFrom("", " ", "你好世界".repeat(20), "🙂".repeat(30)) },
);
const said = fc.lorem({ maxCount: 40 });
const long = fc.integer({ min: 0, max: 6000 }).map((length) => "result of a tool ".repeat(length / 17));

const text = (value: string): Block => ({ type: "text", text: value });
const image: Block = { type: "media", mediaType: "image/png", data: "iVBORw0KGgo=", name: "a.png" };

const thinking = fc
  .tuple(words, fc.option(fc.base64String({ maxLength: 60 }), { nil: undefined }))
  .map(
    ([thought, signature]): Block => ({ type: "thinking", text: thought, ...(signature && { signature }) }),
  );

interface Round {
  thought: Block[];
  words: string;
  calls: { args: string; broken: boolean }[];
  results: string[];
  /** How the results come: all in one message, in two, with the user's words, some of them never. */
  how: "together" | "apart" | "spoken" | "some" | "none" | "late";
}

const round: fc.Arbitrary<Round> = fc.record({
  thought: fc.array(thinking, { maxLength: 2 }),
  words,
  calls: fc.array(fc.record({ args: words, broken: fc.boolean() }), { minLength: 1, maxLength: 3 }),
  results: fc.array(long, { minLength: 3, maxLength: 3 }),
  how: fc.constantFrom("together", "together", "together", "apart", "spoken", "some", "none", "late"),
});

const turn = fc
  .record({
    asked: fc.array(said, { minLength: 1, maxLength: 2 }),
    picture: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
    rounds: fc.array(round, { maxLength: 4 }),
    answer: fc.option(words, { nil: undefined }),
  })
  .map(({ asked, picture, rounds, answer }): Message[] => [
    ...asked.map((one): Message => ({ role: "user", blocks: [text(one), ...(picture ? [image] : [])] })),
    ...rounds.flatMap(messagesOf),
    ...(answer === undefined ? [] : [{ role: "assistant" as const, blocks: [text(answer)] }]),
  ]);

function messagesOf({ thought, words: spoken, calls, results, how }: Round): Message[] {
  const asking: Message = {
    role: "assistant",
    blocks: [
      ...thought,
      text(spoken),
      // As some servers do: numbered from 0 in every answer.
      ...calls.map(
        ({ args, broken }, index): Block => ({
          type: "tool_call",
          id: `call_${index}`,
          name: "files__read",
          arguments: broken ? {} : { path: args },
          ...(broken && { invalidArguments: args }),
        }),
      ),
    ],
  };
  const given = calls.map(
    (_, index): Block => ({
      type: "tool_result",
      callId: `call_${index}`,
      content: results[index] ?? "",
      isError: index === 1,
    }),
  );
  return [asking, ...answered(given, how)];
}

function answered(given: Block[], how: Round["how"]): Message[] {
  const user = (...blocks: Block[]): Message => ({ role: "user", blocks });
  switch (how) {
    case "together":
      return [user(...given)];
    case "apart":
      return given.map((one) => user(one));
    case "spoken":
      return [user(...given, text("and hurry"))];
    case "some":
      return [user(...given.slice(1))];
    case "none":
      return [];
    case "late":
      return [user(text("wait")), { role: "assistant", blocks: [text(" ")] }, user(...given)];
  }
}

/** Begins with an answer at times, as what was imported may. */
export const history: fc.Arbitrary<Message[]> = fc
  .tuple(fc.integer({ min: 0, max: 9 }), fc.array(turn, { minLength: 1, maxLength: 14 }))
  .map(([headless, turns]) => turns.flat().slice(headless === 0 ? 1 : 0))
  .filter((messages) => messages.length > 0);

/** A plain conversation of so many turns, each with a call of a tool. */
export function plainTurns(count: number, words_ = 60): Message[] {
  return Array.from({ length: count }, (_, index): Message[] => {
    const id = `call_${index}`;
    return [
      { role: "user", blocks: [text(`question ${index} ${"word ".repeat(words_ / 2)}`)] },
      {
        role: "assistant",
        blocks: [{ type: "tool_call", id, name: "files__read", arguments: { path: `/${index}` } }],
      },
      {
        role: "user",
        blocks: [{ type: "tool_result", callId: id, content: "line ".repeat(words_), isError: false }],
      },
      { role: "assistant", blocks: [text(`answer ${index} ${"word ".repeat(words_ / 2)}`)] },
    ];
  }).flat();
}
