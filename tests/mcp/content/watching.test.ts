import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../servers.ts";
import { type ContentMode, failure, limits, startContent } from "./content-server.ts";

setDefaultTimeout(60_000);

const URI = "note:///plain";

type Started = Awaited<ReturnType<typeof startContent>>;

/** Watches the resource, and keeps what it hears. */
function watch({ content }: Started, uri = URI) {
  const ended = new AbortController();
  const subscribed: boolean[] = [];
  const updates: string[] = [];
  const over = content.watch("notes", uri, {
    ...limits({ signal: ended.signal }),
    onSubscribed: (again) => subscribed.push(again),
    onUpdate: (updated) => updates.push(updated),
  });
  over.catch(() => {});
  return {
    subscribed,
    updates,
    over,
    end() {
      ended.abort(new Error("enough"));
      return failure(over);
    },
  };
}

describe.each<ContentMode>(["legacy", "modern"])("a subscription to a %s server", (mode) => {
  test("tells of updates, and of nothing else, until it is ended", async () => {
    await using started = await startContent(mode);
    const { subscribed, updates, end } = watch(started);
    const other = watch(started, "note:///image");
    await eventually("the subscriptions", () => subscribed.length + other.subscribed.length === 2);
    await started.mcp.call("notes__touch", { uri: "note:///image" });
    await eventually("the other update", () => other.updates.length === 1);
    await started.mcp.call("notes__touch", { uri: URI });
    await eventually("the update", () => updates.length === 1);
    expect(await end()).toMatchObject({ line: "enough" });
    const unsubscribed = mode === "legacy" ? "resources/unsubscribe" : "notifications/cancelled";
    await eventually("the end of it", () => started.methods().includes(unsubscribed));
    expect({ subscribed, updates }).toEqual({ subscribed: [false], updates: [URI] });
    expect(other.updates).toEqual(["note:///image"]);
    await other.end();
  });

  test("is made again after a crash of the server", async () => {
    await using started = await startContent(mode);
    const { subscribed, updates, end } = watch(started);
    await eventually("the subscription", () => subscribed.length === 1);
    await started.mcp.call("notes__die");
    await eventually("the second subscription", () => subscribed.length === 2);
    await started.mcp.call("notes__touch", { uri: URI });
    await eventually("the update", () => updates.length === 1);
    await end();
    expect(subscribed).toEqual([false, true]);
  });

  test("of two on one resource outlives the other", async () => {
    await using started = await startContent(mode);
    const [one, other] = [watch(started), watch(started)];
    await eventually("both", () => one.subscribed.length + other.subscribed.length === 2);
    await one.end();
    await started.mcp.call("notes__touch", { uri: URI });
    await eventually("the update", () => other.updates.length > 0);
    expect(one.updates).toEqual([]);
    await other.end();
  });
});

test("a modern server that lets go of us is listened to again", async () => {
  await using started = await startContent("modern");
  const { subscribed, updates, end } = watch(started);
  await eventually("the subscription", () => subscribed.length === 1);
  await started.mcp.call("notes__let-go");
  await eventually("the second subscription", () => subscribed.length === 2);
  await started.mcp.call("notes__touch", { uri: URI });
  await eventually("the update", () => updates.length === 1);
  await end();
});

test("a server that is given up ends the watching with its reason", async () => {
  await using started = await startContent("legacy", { restart: "temporary" });
  const { subscribed, over } = watch(started);
  await eventually("the subscription", () => subscribed.length === 1);
  await started.mcp.call("notes__die");
  expect(await failure(over)).toEqual({ line: "server notes failed: killed by SIGKILL", exitCode: 6 });
});

test.each<[ContentMode, string]>([
  ["unwatched", "server notes does not tell of updates of resources"],
  ["nothing", "server notes has no resources"],
])("a server that is %s says so", async (mode, line) => {
  await using started = await startContent(mode);
  expect(await failure(watch(started).over)).toEqual({ line, exitCode: 2 });
});
