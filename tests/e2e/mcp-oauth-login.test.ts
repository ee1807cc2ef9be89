/** `mcpchat servers login`, with and without a terminal, and with answers that are not to be believed. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { decide } from "../fixtures/oauth/browser.ts";
import { CTRL_D, openChat } from "./chat-dialogue.ts";
import { homeWithModel } from "./harness.ts";
import { addressIn, agree, call, credentialFile, LoginTests, logIn } from "./mcp-logins.ts";
import { eventually } from "./program.ts";

setDefaultTimeout(120_000);

const tests = new LoginTests();

describe("servers login", () => {
  test("waits for the person, connects for real, and says who is logged in to what", async () => {
    const home = tests.homeWith();
    const login = home.start(["servers", "login", "safe"]);
    const page = await agree(login);
    expect(page.headers.get("content-type")).toStartWith("text/plain");
    const { code, stdout } = await login.exited;
    expect(code).toBe(0);
    expect(stdout).toBe(
      `logged in to safe (${tests.servers.mcp}) by ${tests.servers.issuer}, with the scopes mcp:read; it offers 1 tool\n`,
    );
    expect(await call(home)).toMatchObject({ code: 0, stdout: "you may: mcp:read\n", stderr: "" });
    expect(statSync(credentialFile(home)).mode & 0o777).toBe(0o600);
    expect(statSync(join(credentialFile(home), "..")).mode & 0o777).toBe(0o700);
  });

  test("--json says the same, and no token is anywhere but in its file", async () => {
    const home = tests.homeWith();
    const login = await logIn(home, "--json", "--verbose");
    expect(JSON.parse(login.stdout)).toEqual({
      server: "safe",
      url: tests.servers.mcp,
      login: "logged_in",
      issuer: tests.servers.issuer,
      scopes: "mcp:read",
      tools: 1,
    });
    const outputs = await Promise.all(
      [
        ["call", "safe", "whoami", "--verbose"],
        ["config", "show", "--json"],
        ["servers", "list", "--json"],
        ["tools", "--json"],
      ].map((args) => home.run(args)),
    );
    const logFile = join(home.folder, ".local/state/mcpchat/log");
    const log = existsSync(logFile) ? readFileSync(logFile, "utf8") : "";
    const written = [login, ...outputs].map(({ stdout, stderr }) => stdout + stderr).join("\n") + log;
    const { tokens } = tests.keptIn(home).issued;
    expect(written).not.toContain(tokens.access_token);
    expect(written).not.toContain(tokens.refresh_token);
  });

  test("a chat that runs has the server from then on", async () => {
    const { home, model } = homeWithModel();
    tests.homeWith("", home);
    const chat = await openChat(home, "hello");
    const login = await logIn(home);
    expect(login.stdout).toEndWith("; it offers 1 tool\na running chat starts it again\n");
    await eventually("the server in the chat", async () => {
      const listed = await home.run(["servers", "list", "--json"]);
      return listed.stdout.includes('"state": "ready"') || listed.stdout.includes('"state":"ready"');
    });
    chat.type("go\r");
    await chat.until("Hello!");
    expect(model.requests.at(-1)?.tools).toEqual(["safe__whoami"]);
    chat.type(CTRL_D);
    await chat.exited;
  });

  test("goes on waiting after an answer with a wrong state", async () => {
    const login = tests.homeWith().start(["servers", "login", "safe"]);
    const answer = await decide(await addressIn(() => login.stderr));
    const forged = new URL(answer);
    forged.searchParams.set("state", "guessed");
    forged.searchParams.set("code", "stolen");
    expect((await fetch(forged)).status).toBe(400);
    expect((await fetch(answer)).status).toBe(200);
    expect((await login.exited).code).toBe(0);
  });

  test("refuses the answer of another issuer, and shows nothing of it", async () => {
    const login = tests.homeWith().start(["servers", "login", "safe"]);
    const answer = await decide(await addressIn(() => login.stderr));
    answer.searchParams.set("iss", "https://evil.example");
    await fetch(answer);
    const { code, stderr } = await login.exited;
    expect(code).toBe(4);
    expect(stderr).toEndWith(
      `mcpchat: the answer comes from another one than ${tests.servers.issuer}: refused\n`,
    );
  });

  test("refuses an authorization server that says it is another one", async () => {
    await tests.servers.control({ claimedIssuer: "https://bank.example" });
    const { code, stderr } = await tests.homeWith().run(["servers", "login", "safe"]);
    expect(code).toBe(4);
    expect(stderr).toBe(
      `mcpchat: its authorization server says that it is another one than ${tests.servers.issuer}: refused\n`,
    );
  });

  test("says what it is not for", async () => {
    const home = tests.homeWith(
      `[mcp.servers.open]\nurl = "${tests.servers.open}"\n[mcp.servers.program]\ncommand = "true"\n`,
    );
    expect(await home.run(["servers", "login", "open"])).toMatchObject({
      code: 0,
      stdout: "open needs no login; it offers 1 tool\n",
    });
    expect(await home.run(["servers", "login", "program"])).toMatchObject({
      code: 2,
      stderr: "mcpchat: server program is a program on this machine; only servers with a url have logins\n",
    });
    expect((await home.run(["servers", "login", "safee"])).stderr).toContain("did you mean safe?");
    expect((await home.run(["servers", "login"])).code).toBe(2);
  });

  test("ends with Ctrl-C, and leaves nothing behind", async () => {
    const home = tests.homeWith();
    const login = home.start(["servers", "login", "safe"]);
    await addressIn(() => login.stderr);
    login.kill("SIGINT");
    expect((await login.exited).code).toBe(130);
    expect(existsSync(credentialFile(home))).toBe(false);
  });
});

describe("at a terminal", () => {
  /** A starter of browsers that writes down what it is to open. */
  function homeWithBrowser() {
    const home = tests.homeWith();
    const opened = join(home.folder, "opened");
    chmodSync(home.write("bin/xdg-open", `#!/bin/sh\nprintf '%s' "$1" > "${opened}"\n`), 0o755);
    home.env.PATH = `${join(home.work, "bin")}:${home.env.PATH}`;
    return { home, opened: () => (existsSync(opened) ? readFileSync(opened, "utf8") : "") };
  }

  test.skipIf(process.platform !== "linux")("a browser is opened at the address", async () => {
    const { home, opened } = homeWithBrowser();
    const terminal = home.terminal(["servers", "login", "safe"]);
    await eventually("a browser", () => opened() !== "");
    await fetch(await decide(opened()));
    await terminal.until("logged in to safe");
    expect(await terminal.exited).toBe(0);
  });

  test("--no-browser opens none, and the address where it ended can be pasted", async () => {
    const { home, opened } = homeWithBrowser();
    const terminal = home.terminal(["servers", "login", "--no-browser", "safe"]);
    await terminal.until("paste the address it ends at here");
    const address = /^ {2}(http\S+)/m.exec(terminal.output())?.[1] ?? "";
    const answer = await decide(address);
    terminal.type(`${answer.origin}/callback?code=x&state=guessed\r`);
    await terminal.until("That is not the answer to this login.");
    terminal.type(`${answer.href}\r`);
    await terminal.until("logged in to safe");
    expect(await terminal.exited).toBe(0);
    expect(opened()).toBe("");
  });
});
