/** A database that cannot be used is told of in one line and never touched; one that is shared is shared in peace. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { EXECUTABLE, type Home, homeWithModel } from "./harness.ts";
import { storedMessages } from "./stored.ts";

const ASK = ["-m", "openai/hello", "question"];

/** Does something to the database of a home, which is one file while nobody has it open. */
type Damage = (file: string) => void;

/** Another database in its place. */
function replacedBy(statement: string): Damage {
  return (file) => {
    rmSync(file);
    const database = new Database(file);
    database.run(statement);
    database.close();
  };
}

const DAMAGES: [string, Damage, string][] = [
  ["is garbage", (file) => writeFileSync(file, "garbage ".repeat(1_000)), "is not a database of mcpchat"],
  ["is a short text", (file) => writeFileSync(file, "notes\n"), "is not a database of mcpchat"],
  ["is another program's", replacedBy("CREATE TABLE theirs (x)"), "is not a database of mcpchat"],
  [
    "was written by a newer mcpchat",
    replacedBy("PRAGMA user_version = 999"),
    "was written by a newer mcpchat; update mcpchat",
  ],
  ["is torn", tear, "the database is damaged; move it away"],
];

/** A database of mcpchat's own whose pages after the first are overwritten. */
function tear(file: string): void {
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 4_096);
  writeFileSync(file, bytes);
}

/** A home whose database holds one session. */
async function homeWithDatabase(): Promise<Home> {
  const { home } = homeWithModel();
  expectSilentSuccess(await home.run(ASK));
  return home;
}

describe.each([
  ["a run", ASK],
  ["a run that goes on", ["-m", "openai/hello", "-c", "question"]],
  ["sessions list", ["sessions", "list"]],
])("%s with a database that", (_, args) => {
  test.each(DAMAGES)("%s fails with one line and leaves it as it is", async (_name, damage, line) => {
    const home = await homeWithDatabase();
    damage(home.databaseFile);
    const before = readFileSync(home.databaseFile);
    const result = await home.run(args);
    const told = expectFailure(result, 3);
    expect(told).toStartWith(`${home.databaseFile}: `);
    expect(told).toContain(line);
    expect(result.stdout).toBe("");
    expect(readFileSync(home.databaseFile).equals(before)).toBe(true);
    expect(readdirSync(dirname(home.databaseFile))).toEqual(["mcpchat.db"]);
  });

  test("is a folder fails with one line", async () => {
    const { home } = homeWithModel();
    mkdirSync(home.databaseFile, { recursive: true });
    expect(expectFailure(await home.run(args), 3)).toBe(`${home.databaseFile}: is not a regular file`);
  });

  test("cannot be made where a file is in the way fails with one line", async () => {
    const { home } = homeWithModel();
    writeFileSync(`${home.folder}/.local`, "in the way");
    expect(expectFailure(await home.run(args), 3)).toStartWith(`${home.folder}/.local`);
    expect(readFileSync(`${home.folder}/.local`, "utf8")).toBe("in the way");
  });
});

describe("a home that cannot be written", () => {
  /** Root may write everywhere: then somebody else runs it, if the executable lies where they can. */
  const nobody = process.getuid?.() === 0 ? "setpriv --reuid 65534 --regid 65534 --clear-groups" : "";
  const canTry = Bun.spawnSync(["sh", "-c", `${nobody} "$0" --version`, EXECUTABLE]).success;

  test.skipIf(!canTry)("fails with one line, and answers with --no-save", async () => {
    const { home } = homeWithModel();
    const script = (args: string) => `${nobody} "$MCPCHAT_UNDER_TEST" ${args}`;
    chmodSync(home.folder, 0o555);
    try {
      const kept = await home.shell(script("-m openai/hello question"));
      expect(expectFailure(kept, 3)).toBe(`${home.folder}/.local/share/mcpchat: permission denied`);
      const result = await home.shell(script("-m openai/hello --no-save question"));
      expectSilentSuccess(result);
      expect(result.stdout).toBe("Hello! How can I help you today?\n");
    } finally {
      chmodSync(home.folder, 0o700);
    }
  });

  test.skipIf(!canTry)("leaves a database that cannot be written as it is", async () => {
    const home = await homeWithDatabase();
    const before = readFileSync(home.databaseFile);
    if (nobody) chownSync(home.databaseFile, 0, 0);
    chmodSync(home.databaseFile, 0o444);
    for (const folder of [home.folder, `${home.folder}/.local`, `${home.folder}/.local/share`])
      chmodSync(folder, 0o755);
    chmodSync(dirname(home.databaseFile), 0o555);
    try {
      const result = await home.shell(`${nobody} "$MCPCHAT_UNDER_TEST" -m openai/hello question`);
      expect(expectFailure(result, 3)).toStartWith(home.databaseFile);
      expect(readFileSync(home.databaseFile).equals(before)).toBe(true);
    } finally {
      chmodSync(dirname(home.databaseFile), 0o700);
    }
  });
});

describe("two processes at once", () => {
  test("twenty runs that make the database together all succeed", async () => {
    const { home, model } = homeWithModel();
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    const results = await Promise.all(
      numbers.map((number) => home.run(["-m", "openai/echo", `question ${number}`])),
    );
    for (const [number, result] of results.entries()) {
      expectSilentSuccess(result);
      expect(result.stdout).toBe(`question ${number}\n`);
    }
    expect(model.requests).toHaveLength(20);
    const listed = JSON.parse((await home.run(["sessions", "list", "--json"])).stdout);
    expect(listed).toHaveLength(20);
    expect(listed.every(({ messages }: { messages: number }) => messages === 2)).toBe(true);
  });

  test("twenty runs of one session lose no message", async () => {
    const { home } = homeWithModel();
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    const ask = (number: number) =>
      home.run(["-m", "openai/echo", "--session", "shared", `question ${number}`]);
    for (const result of await Promise.all(numbers.map(ask))) expect(result.code).toBe(0);
    const listed = JSON.parse((await home.run(["sessions", "list", "--json"])).stdout);
    expect(listed).toMatchObject([{ name: "shared", messages: 40 }]);
    const rows = storedMessages(home);
    expect(rows.every(({ status }) => status === "complete")).toBe(true);
    const questions = rows.filter(({ role }) => role === "user").map(({ text }) => text);
    expect(questions.sort()).toEqual(numbers.map((number) => `question ${number}`).sort());
  });

  test("a run beside another that was killed in its middle is not disturbed", async () => {
    const { home } = homeWithModel();
    const other = home.start(["-m", "openai/stall", "question"]);
    await other.until("stdout", "stalls");
    expectSilentSuccess(await home.run(ASK));
    other.kill("SIGKILL");
    await other.exited;
    expectSilentSuccess(await home.run(ASK));
    expect(JSON.parse((await home.run(["sessions", "list", "--json"])).stdout)).toHaveLength(3);
  });
});
