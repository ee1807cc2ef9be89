/** Chat Completions over a socket: what happens between the request and the answer. */
import { describe, expect, test } from "bun:test";
import { ask, failureOf, requestOf, textOf } from "../ask.ts";
import { CLOSED, from, media, PDF, text } from "./requests.ts";
import { refused, served, streamed } from "./served.ts";

const SAYS = (words: string) => [
  { choices: [{ delta: { content: words }, finish_reason: null }] },
  { choices: [{ delta: {}, finish_reason: "stop" }] },
  "data: [DONE]\n\n",
];
const answers = (words: string) => streamed(...SAYS(words));
const GPU = { name: "gpu" };

describe("a schema", () => {
  const request = requestOf({ schema: CLOSED });
  const picky = (body: { response_format?: unknown }) =>
    body.response_format ? refused("response_format is not supported") : answers('{"n":1}');

  test("that a server refuses is asked for again in words, and from then on at once", async () => {
    await served(GPU, picky, async ({ provider, bodies }) => {
      expect(textOf(await ask(provider, request))).toBe('{"n":1}');
      expect(textOf(await ask(provider, request))).toBe('{"n":1}');
      expect(bodies.map((body) => "response_format" in body)).toEqual([true, false, false]);
      expect(bodies[1].messages[0].content).toContain(JSON.stringify(CLOSED));
    });
  });

  test("that a server refuses with 422", async () => {
    const fussy = (body: { response_format?: unknown }) =>
      body.response_format ? refused("unprocessable", 422) : answers("{}");
    await served(GPU, fussy, async ({ provider, bodies }) => {
      expect(textOf(await ask(provider, request))).toBe("{}");
      expect(bodies).toHaveLength(2);
    });
  });

  test("is not given up for what is wrong with the rest of the request", async () => {
    await served(
      GPU,
      () => refused("no such thing"),
      async ({ provider, bodies }) => {
        expect(failureOf(await ask(provider, request)).message).toContain("no such thing");
        expect(failureOf(await ask(provider, request)).kind).toBe("bad_request");
        expect(bodies.map((body) => "response_format" in body)).toEqual([true, false, true, false]);
      },
    );
  });

  test.each([401, 404, 429, 500])("is not asked for again after %d", async (status) => {
    await served(
      GPU,
      () => refused("no", status),
      async ({ provider, bodies }) => {
        await ask(provider, request);
        expect(bodies).toHaveLength(1);
      },
    );
  });

  test("without one, a refusal stands", async () => {
    await served(
      GPU,
      () => refused("no"),
      async ({ provider, bodies }) => {
        expect(failureOf(await ask(provider)).kind).toBe("bad_request");
        expect(bodies).toHaveLength(1);
      },
    );
  });
});

describe("what a server does not take", () => {
  const notices = async (name: string, more: Parameters<typeof requestOf>[0]) =>
    served(
      { name },
      () => answers("hi"),
      async ({ provider }) => {
        const events = await ask(provider, requestOf(more));
        return events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
      },
    );

  test("is told in one line", async () => {
    expect(await notices("gpu", { effort: "high", sampling: { topK: 3 } })).toEqual([
      "gpu takes no top_k and no level of thinking: left out",
    ]);
    expect(await notices("gpu", { messages: [from(text("a"), media(PDF))] })).toEqual([
      "gpu takes no PDF: it is told no more than the name",
    ]);
  });

  test("is not told where it is taken, nor that what does not think is not to think", async () => {
    expect(await notices("gpu", { effort: "off" })).toEqual([]);
    expect(await notices("mistral", { effort: "high", messages: [from(media(PDF))] })).toEqual([]);
  });

  test("a seed for Gemini", async () => {
    expect(await notices("gemini", { sampling: { seed: 1 } })).toEqual(["gemini takes no seed: left out"]);
  });
});

describe("OpenRouter", () => {
  const OPENROUTER = { name: "openrouter" };

  test("keeps the connection with comments", async () => {
    const kept = () => streamed(": OPENROUTER PROCESSING\n\n", ": OPENROUTER PROCESSING\n\n", ...SAYS("hi"));
    await served(OPENROUTER, kept, async ({ provider }) => {
      expect(textOf(await ask(provider))).toBe("hi");
    });
  });

  test.each([
    [502, "server"],
    [429, "rate_limit"],
    [402, "quota"],
  ])("breaks off with %d in a choice, which is sorted as %s", async (code, kind) => {
    const error = { code, message: "Provider returned error" };
    const broken = () =>
      streamed(
        { choices: [{ delta: { content: "Hi" }, finish_reason: null }] },
        { choices: [{ delta: { content: "" }, finish_reason: "error", error }] },
        "data: [DONE]\n\n",
      );
    await served(OPENROUTER, broken, async ({ provider }) => {
      const events = await ask(provider);
      expect(textOf(events)).toBe("Hi");
      expect<string>(failureOf(events).kind).toBe(kind);
      expect(failureOf(events).message).toContain("Provider returned error");
    });
  });

  test("breaks off with the error beside the choices", async () => {
    const error = { code: "server_error", message: "Provider disconnected unexpectedly" };
    const choices = [{ index: 0, delta: { content: "" }, finish_reason: "error" }];
    await served(
      OPENROUTER,
      () => streamed({ id: "1", error, choices }),
      async ({ provider }) => {
        expect(failureOf(await ask(provider))).toMatchObject({ kind: "server" });
      },
    );
  });
});
