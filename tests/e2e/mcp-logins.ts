/** What the tests of logins share: two servers, homes that know them, and a person with a browser. */
import { afterAll, beforeAll, beforeEach } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decide } from "../fixtures/oauth/browser.ts";
import { type Protected, startProtected } from "../fixtures/oauth/start.ts";
import { Home } from "./harness.ts";
import { eventually, type Program, type Result } from "./program.ts";

export const NEEDS_LOGIN = "it asks for a login; run: mcpchat servers login safe";

/** A protected server with its authorization server, for all tests of a file; they behave as at first in each. */
export class LoginTests {
  #servers: Protected | undefined;

  constructor() {
    beforeAll(async () => {
      this.#servers = await startProtected();
    });
    afterAll(() => this.servers.stop());
    beforeEach(() => this.servers.reset());
  }

  get servers(): Protected {
    if (!this.#servers) throw new Error("the servers are not there yet");
    return this.#servers;
  }

  /** A home that knows the server as `safe`; `more` is TOML for its table, and for others behind it. */
  homeWith(more = "", home = new Home()): Home {
    home.configure(`[mcp.servers.safe]\nurl = "${this.servers.mcp}"\n${more}`);
    return home;
  }

  /** How often the authorization server was asked this. */
  async asked(request: string): Promise<number> {
    const { asked } = await this.servers.control();
    return asked.filter((each) => each === request).length;
  }

  /** What is kept of the login, and how to change it. */
  keptIn(home: Home) {
    const stored = JSON.parse(readFileSync(credentialFile(home), "utf8"));
    const issued = stored.issuers[this.servers.issuer];
    const save = () => writeFileSync(credentialFile(home), JSON.stringify(stored));
    return { issued, save };
  }
}

/** The address that a person is to open. */
export async function addressIn(read: () => string): Promise<string> {
  let address: string | undefined;
  await eventually("an address to open", () => {
    address = /^ {2}(http\S+)\s*$/m.exec(read())?.[1];
    return address !== undefined;
  });
  return address ?? "";
}

/** The person follows the address to its end, in a browser on this machine. */
export async function agree(login: Program): Promise<Response> {
  return fetch(await decide(await addressIn(() => login.stderr)));
}

export async function logIn(home: Home, ...args: string[]): Promise<Result> {
  const login = home.start(["servers", "login", "safe", ...args]);
  await agree(login);
  return login.exited;
}

export const call = (home: Home) => home.run(["call", "safe", "whoami"]);

export function credentialFile(home: Home): string {
  const folder = join(home.folder, ".local/share/mcpchat/oauth");
  const [name = "none"] = existsSync(folder) ? readdirSync(folder) : [];
  return join(folder, name);
}
