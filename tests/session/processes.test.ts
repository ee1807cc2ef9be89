import { expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import path from "node:path";
import type { Subprocess } from "bun";
import type { Store } from "../../src/session/port.ts";
import { databaseFile, openedStore, SessionRig, texts } from "./rig.ts";

setDefaultTimeout(120_000);

const PROGRAM = path.join(import.meta.dir, "..", "fixtures", "session-program.ts");

type Program = Subprocess<"pipe", "pipe", "pipe">;

function start(...args: string[]): Program {
  const program = Bun.spawn([process.execPath, PROGRAM, ...args], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  onTestFinished(() => program.kill("SIGKILL"));
  return program;
}

/** Reads what the program says until it says enough; the rest is left unread. */
async function heard(program: Program, enough: (said: string) => boolean): Promise<string> {
  let said = "";
  const reader = program.stdout.getReader();
  try {
    while (!enough(said)) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`it ended: ${said} ${await new Response(program.stderr).text()}`);
      said += new TextDecoder().decode(value);
    }
  } finally {
    reader.releaseLock();
  }
  return said;
}

/** Lets programs that wait for a line go on at the same time, and waits for their ends. */
async function goTogether(programs: readonly Program[]): Promise<void> {
  await Promise.all(programs.map((program) => heard(program, (said) => said.includes("ready"))));
  for (const program of programs) {
    await program.stdin.write("go\n");
    await program.stdin.end();
  }
  const errors = await Promise.all(programs.map((program) => new Response(program.stderr).text()));
  const codes = await Promise.all(programs.map((program) => program.exited));
  expect({ codes, errors: errors.map(withoutWarning) }).toEqual({
    codes: programs.map(() => 0),
    errors: programs.map(() => ""),
  });
}

/** Two in one session are told so; nothing else is to be said. */
function withoutWarning(text: string): string {
  return text.replace(/^warn: another mcpchat writes to this session too.*\n/m, "");
}

test("kill -9 in mid-answer leaves the question and the partial answer", async () => {
  const file = databaseFile();
  const program = start("answer", file);
  // Well past the first write behind.
  const said = await heard(program, (lines) => lines.split("\n").length > 150);
  program.kill("SIGKILL");
  await program.exited;
  const shown = said.trim().split("\n").length;
  const rig = await SessionRig.started(file);
  rig.session.handle.open({ latest: true });
  const [question, answer, ...more] = rig.session.handle.messages();
  expect(more).toEqual([]);
  expect(texts(question ? [question] : [])).toEqual(["what is a tree?"]);
  expect(answer).toMatchObject({ role: "assistant", status: "partial", provider: "test", model: "m" });
  const kept =
    texts(answer ? [answer] : [])[0]
      ?.trim()
      .split(" ").length ?? 0;
  // A word every 5 ms at the earliest, so 250 ms behind are 50 words at most.
  expect(kept).toBeGreaterThanOrEqual(shown - 51);
});

test("two processes that write 200 messages each to a session of their own lose none", async () => {
  const file = databaseFile();
  await goTogether([
    start("write", file, "left", "200", "left"),
    start("write", file, "right", "200", "right"),
  ]);
  const store = openedStore(file);
  for (const name of ["left", "right"]) expect(branchTexts(store, name)).toEqual(numbered(name));
});

test("two processes that write 200 messages each to one session lose none", async () => {
  const file = databaseFile();
  openedStore(file).sessions.create({ name: "shared" });
  const programs = ["left", "right"].map((text) => start("write", file, "shared", "200", text));
  await goTogether(programs);
  const store = openedStore(file);
  expect(store.sessions.find({ name: "shared" })?.messages).toBe(400);
  // The one that wrote last has its whole branch active; the other's is whole too.
  const active = branchTexts(store, "shared");
  expect([numbered("left"), numbered("right")]).toContainEqual(active);
});

test("processes that create the database at the same time do not collide", async () => {
  for (let round = 0; round < 5; round++) {
    const file = databaseFile();
    const programs = ["one", "two", "three"].map((text) => start("create", file, "", "1", text));
    await goTogether(programs);
    const titles = openedStore(file)
      .sessions.list()
      .map((session) => session.title);
    expect(titles.sort()).toEqual(["one", "three", "two"]);
  }
});

function branchTexts(store: Store, name: string): string[] {
  return texts(store.messages.branch(store.sessions.find({ name })?.id ?? ""));
}

function numbered(name: string): string[] {
  return Array.from({ length: 200 }, (_, index) => `${name} ${index}`);
}
