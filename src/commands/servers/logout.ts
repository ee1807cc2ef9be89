/** `mcpchat servers logout`: forgets who we are to a remote server, and has its tokens revoked. */
import { credentialStore } from "../../app/credentials.ts";
import { logout } from "../../mcp/client/auth/logout.ts";
import { type Command, worldOf } from "../command.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { parseOptions } from "../parse.ts";
import { print, printJson } from "../print.ts";
import { withApp } from "../with-app.ts";
import { remoteServer } from "./login.ts";
import { JSON_OPTION, serverWord } from "./shared.ts";

const OPTIONS = { json: JSON_OPTION, ...COMMON_OPTIONS } as const;

const TOLD = {
  not_logged_in: "there was no login to",
  damaged: "removed what was kept of the login, which was damaged, to",
  forgotten: "forgot the login to",
  revoked: "forgot the login, and had its tokens revoked, to",
} as const;

export const logoutCommand: Command = {
  meta: { name: "logout", description: "Forget the login to a server" },
  args: { ...OPTIONS, server: { type: "positional", required: false, description: "Its name" } },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, OPTIONS, 1);
    const name = await serverWord(values, positionals, "mcpchat servers logout NAME");
    const outcome = await withApp(context, values, async (app) => {
      const server = await remoteServer(app, name);
      const store = credentialStore({ paths: app.paths, env: worldOf(context).env });
      return logout(server, { store, signal: app.signal });
    });
    await (values.json ? printJson({ server: name, logout: outcome }) : print(`${TOLD[outcome]} ${name}\n`));
    return 0;
  },
};
