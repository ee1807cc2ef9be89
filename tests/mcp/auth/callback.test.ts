/** The address at which a browser brings the answer of a login. */
import { describe, expect, onTestFinished, spyOn, test } from "bun:test";
import { connect } from "node:net";
import { type Offer, openCallback } from "../../../src/mcp/client/auth/callback.ts";
import type { Callback } from "../../../src/mcp/client/auth/login.ts";
import { FakeClock } from "../../fixtures/fake-clock.ts";

const QUESTION = new URL("https://login.example/auth");

function open(options: { port?: number; clock?: FakeClock; signal?: AbortSignal } = {}) {
  const { port, clock, signal = new AbortController().signal } = options;
  let offer: Offer = () => false;
  const shown: string[] = [];
  const callback = openCallback(port, {
    ...(clock && { clock }),
    show(url, offered) {
      shown.push(url.href);
      offer = offered;
    },
  });
  if (!callback) throw new Error("the port is taken");
  onTestFinished(() => callback.close());
  const answer = callback.ask(QUESTION, "right", signal);
  answer.catch(() => {});
  const visit = async (query: string, init: RequestInit = {}) => {
    const response = await fetch(`${callback.redirectUrl}${query}`, init);
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  return { callback, answer, visit, shown, offer: (query: string) => offer(new URLSearchParams(query)) };
}

test.each(["EACCES", "EADDRNOTAVAIL"])("a port that may not be used (%s) is one clear line", (code) => {
  const serve = spyOn(Bun, "serve").mockImplementation(() => {
    throw Object.assign(new Error("no"), { code });
  });
  onTestFinished(() => serve.mockRestore());
  expect(() => openCallback(80, { show() {} })).toThrow(
    expect.objectContaining({
      name: "LoginFailed",
      message: `the answer cannot be waited for at 127.0.0.1:80 (${code})`,
      advice: "name another callback_port in the server's oauth table",
    }),
  );
});

describe("the callback", () => {
  test("takes the answer with the right state, and tells the browser so in plain text", async () => {
    const { answer, visit, shown, callback } = open();
    expect(shown).toEqual([QUESTION.href]);
    expect(new URL(callback.redirectUrl)).toMatchObject({ hostname: "127.0.0.1", pathname: "/callback" });
    const { status, text, headers } = await visit("?code=secret-code&state=right&extra=<b>reflected</b>");
    expect(status).toBe(200);
    expect(text).not.toMatch(/secret-code|reflected|right/);
    expect(headers.get("content-type")).toStartWith("text/plain");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect((await answer).get("code")).toBe("secret-code");
  });

  test.each(["?code=x&state=wrong", "?code=x", "?state=right", ""])(
    "goes on waiting after %p",
    async (query) => {
      const { answer, visit } = open();
      expect((await visit(query)).status).toBe(400);
      expect((await visit("?code=y&state=right")).status).toBe(200);
      expect((await answer).get("code")).toBe("y");
    },
  );

  test("takes one answer only", async () => {
    const { answer, visit } = open();
    await visit("?code=first&state=right");
    expect((await visit("?code=second&state=right")).status).toBe(410);
    expect((await answer).get("code")).toBe("first");
  });

  test("takes an answer that was pasted, if it is one", async () => {
    const { answer, offer } = open();
    expect(offer("code=x&state=wrong")).toBe(false);
    expect(offer("code=x&state=right")).toBe(true);
    expect((await answer).get("code")).toBe("x");
  });

  test("has nothing elsewhere, for other methods, or under another name", async () => {
    const { visit, callback } = open();
    const { port } = new URL(callback.redirectUrl);
    expect((await fetch(`http://127.0.0.1:${port}/?code=x&state=right`)).status).toBe(404);
    expect((await visit("?code=x&state=right", { method: "POST" })).status).toBe(405);
    expect(await statusFor(Number(port), "evil.example")).toBe("403");
    expect(await statusFor(Number(port), `localhost:${port}`)).toBe("403");
  });

  test("ends after five minutes", async () => {
    const clock = new FakeClock();
    const { answer } = open({ clock });
    await clock.advance(5 * 60_000);
    await expect(answer).rejects.toMatchObject({ message: "nobody decided within 5 minutes", exitCode: 4 });
    expect(clock.pending).toBe(0);
  });

  test("ends with the signal", async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const { answer } = open({ clock, signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(answer).rejects.toThrow("enough");
  });

  test("is not there when its port is taken", () => {
    const { callback } = open();
    const port = Number(new URL((callback satisfies Callback).redirectUrl).port);
    expect(openCallback(port, { show() {} })).toBeUndefined();
  });
});

/** The status of a request under this name, which `fetch` would not send. */
function statusFor(port: number, host: string): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const socket = connect(port, "127.0.0.1", () => {
    socket.write(`GET /callback?code=x&state=right HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  });
  socket.on("data", (data) => resolve(/^HTTP\/1\.1 (\d+)/.exec(String(data))?.[1]));
  socket.on("error", reject);
  return promise;
}
