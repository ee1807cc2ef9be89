/** One request under its limits, against a client that does what the test says. */
import { describe, expect, test } from "bun:test";
import { type Client, type RequestOptions, SdkError, SdkErrorCode } from "@modelcontextprotocol/client";
import { InterruptedError } from "../../../src/lib/errors.ts";
import { ConnectionLost, RequestFailed, RequestTimedOut } from "../../../src/mcp/client/errors.ts";
import { type RequestLimits, request } from "../../../src/mcp/client/session/request.ts";
import { Standstill } from "../../../src/mcp/client/session/standstill.ts";
import { FakeClock, settled } from "../../fixtures/fake-clock.ts";

/** A request of 1 s without a sign of life and 5 s in all, that the test answers. */
function begin(changes: Partial<RequestLimits> = {}) {
  const clock = new FakeClock();
  const still = new Standstill();
  const lost = Promise.withResolvers<ConnectionLost>();
  const answer = Promise.withResolvers<string>();
  const user = new AbortController();
  // Of a client nothing is looked at but whether it still has a transport.
  const client = { transport: {} } as Client;
  let given: RequestOptions | undefined;
  const outcome = request(
    { client, lost: lost.promise, still, clock },
    (_client, options) => {
      given = options;
      // As the SDK does: an abort ends the request with its reason.
      options.signal?.addEventListener("abort", () => answer.reject(options.signal?.reason));
      return answer.promise;
    },
    { signal: user.signal, idleMs: 1000, totalMs: 5000, ...changes },
  );
  const ended = outcome.then(
    (value) => ({ value, at: clock.now() }),
    (error: unknown) => ({ error, at: clock.now() }),
  );
  const progress = (value: number, message?: string) =>
    given?.onprogress?.({ progress: value, ...(message !== undefined && { message }) });
  const lose = () => {
    Object.assign(client, { transport: undefined });
    lost.resolve(new ConnectionLost("process_ended", "gone"));
  };
  return { clock, still, answer, user, ended, progress, lose, options: () => given };
}

test("the rest of a limit that runs out is told as the limit", async () => {
  const { clock, ended } = begin({ idleMs: 9000, totalMs: 300, wholeMs: 5000 });
  await clock.advance(300);
  expect(await ended).toEqual({ error: new RequestTimedOut(5000), at: 300 });
});

describe("an answer", () => {
  test("in time is the result, and nothing is left behind", async () => {
    const { clock, answer, user, ended, options } = begin();
    await clock.advance(999);
    answer.resolve("done");
    expect(await ended).toEqual({ value: "done", at: 999 });
    expect(clock.pending).toBe(0);
    // What happens to the user's signal later is no affair of this request.
    user.abort();
    expect(options()?.signal?.aborted).toBe(false);
  });

  test("that is an error is told as such", async () => {
    const { answer, ended } = begin();
    answer.reject(new Error("no such tool"));
    expect(await ended).toMatchObject({ error: { name: "RequestFailed", message: "no such tool" } });
  });

  test("that never comes because the server is gone is told by how it went", async () => {
    const { answer, ended, lose } = begin();
    lose();
    answer.reject(new Error("Connection closed"));
    expect(await ended).toMatchObject({ error: { name: "ConnectionLost", message: "gone" } });
  });
});

describe("the limits", () => {
  test("without a sign of life", async () => {
    const { clock, ended } = begin();
    await clock.advance(1000);
    expect(await ended).toEqual({ error: new RequestTimedOut(1000), at: 1000 });
    expect(clock.pending).toBe(0);
  });

  test("progress renews the one, and not the other", async () => {
    const { clock, ended, progress } = begin();
    for (let step = 0; step < 6; step++) {
      await clock.advance(900);
      progress(step);
    }
    expect(await ended).toEqual({ error: new RequestTimedOut(5000), at: 5000 });
  });

  test("a total that is shorter than the other is told as what it is", async () => {
    const { clock, ended, progress } = begin({ totalMs: 300 });
    await clock.advance(200);
    progress(1);
    await clock.advance(100);
    expect(await ended).toEqual({ error: new RequestTimedOut(300), at: 300 });
  });

  test("both stand still while the user is asked", async () => {
    const { clock, still, ended, progress } = begin();
    const question = Promise.withResolvers<void>();
    const asked = still.during(() => question.promise);
    await clock.advance(3_600_000);
    question.resolve();
    await asked;
    progress(1);
    await clock.advance(999);
    progress(2);
    await clock.advance(1000);
    expect(await ended).toEqual({ error: new RequestTimedOut(1000), at: 3_601_999 });
  });

  test("those of the SDK never end a request", () => {
    const { options } = begin();
    // Longer than any of ours; above it a timer would fire at once.
    expect(options()?.timeout).toBe(2 ** 31 - 1);
    expect(options()?.maxTotalTimeout).toBeUndefined();
  });
});

describe("what the server hears of a request that ended early", () => {
  test.each([
    ["interrupted by the user", new InterruptedError()],
    ["given up", new Error("some other")],
  ])("%s", async (words, reason) => {
    const { user, ended, options } = begin();
    await settled();
    user.abort(reason);
    await ended;
    expect(options()?.signal?.reason).toBe(words);
  });

  test("when it took too long", async () => {
    const { clock, ended, options } = begin();
    await clock.advance(1000);
    await ended;
    expect(options()?.signal?.reason).toBe("timed out");
  });
});

describe("a failure of the SDK", () => {
  test.each([
    [SdkErrorCode.InputRequiredRoundsExceeded, { rounds: 10 }, "it asked more than 10 times in a row"],
    [SdkErrorCode.UnsupportedResultType, {}, "it answered with a kind of result that is not known"],
    [SdkErrorCode.InvalidResult, {}, "it answered with something that makes no sense"],
    [SdkErrorCode.SendFailed, {}, "[its own words]"],
  ])("%s is told in plain words", async (code, data, message) => {
    const { answer, ended } = begin();
    answer.reject(new SdkError(code, "[its own words]", data));
    expect(await ended).toMatchObject({ error: { name: "RequestFailed", message } });
  });
});

describe("an abort", () => {
  test("is told by its own reason, and the request is aborted", async () => {
    const { clock, user, ended, options } = begin();
    await clock.advance(100);
    const reason = new Error("the user's own");
    user.abort(reason);
    expect(await ended).toEqual({ error: reason, at: 100 });
    expect(options()?.signal?.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test("wins over a failure that comes of it, whatever that says", async () => {
    const { answer, user, ended } = begin();
    answer.reject(new Error("This operation was aborted"));
    user.abort(new Error("the user's own"));
    expect(await ended).toMatchObject({ error: { message: "the user's own" } });
  });

  test("before it begins means that nothing is sent", async () => {
    const reason = new Error("too early");
    const { ended, options } = begin({ signal: AbortSignal.abort(reason) });
    expect(await ended).toMatchObject({ error: reason });
    expect(options()).toBeUndefined();
  });

  test("of a signal that lives on leaves no listener on it", async () => {
    const user = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = user.signal;
    Object.assign(user.signal, {
      addEventListener(...args: Parameters<typeof addEventListener>) {
        listeners++;
        addEventListener.apply(user.signal, args);
      },
      removeEventListener(...args: Parameters<typeof removeEventListener>) {
        listeners--;
        removeEventListener.apply(user.signal, args);
      },
    });
    for (let call = 0; call < 3; call++) {
      const { answer, ended } = begin({ signal: user.signal });
      answer.resolve("done");
      await ended;
    }
    expect(listeners).toBe(0);
  });
});

describe("progress", () => {
  test("is passed on, with its message made visible", async () => {
    const seen: object[] = [];
    const { answer, ended, progress } = begin({ onProgress: (news) => seen.push(news) });
    progress(1, "half\u200b \u001b[2J");
    expect(seen).toEqual([{ progress: 1, message: "half\\u{200b} \\u{1b}[2J" }]);
    answer.resolve("done");
    await ended;
  });

  test("after the end is harmless", async () => {
    const { clock, answer, ended, progress } = begin();
    answer.resolve("done");
    await ended;
    progress(2);
    await settled();
    expect(clock.pending).toBe(0);
  });
});

test("what a client throws by itself is a failure of the request", async () => {
  const session = {
    client: { transport: {} } as Client, // As above.
    lost: new Promise<ConnectionLost>(() => {}),
    still: new Standstill(),
    clock: new FakeClock(),
  };
  const work = () => Promise.reject("a string");
  const limits = { signal: new AbortController().signal, idleMs: 1000, totalMs: 5000 };
  await expect(request(session, work, limits)).rejects.toBeInstanceOf(RequestFailed);
  expect(session.clock.pending).toBe(0);
});
