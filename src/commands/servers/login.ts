/** `mcpchat servers login`: asks a person to let us use a remote server, by way of a browser. */
import type { App } from "../../app/app.ts";
import { credentialStore } from "../../app/credentials.ts";
import { openServers, serverNamed } from "../../app/servers.ts";
import type { RemoteServerConfig } from "../../config/configuration.ts";
import { describeError, ServerNotReadyError, UsageError } from "../../lib/errors.ts";
import { singleLine } from "../../lib/text-layout.ts";
import { type Offer, openCallback } from "../../mcp/client/auth/callback.ts";
import { type LoginOutcome, login } from "../../mcp/client/auth/login.ts";
import { writeToStderr } from "../../terminal/notices.ts";
import { openUrl } from "../../terminal/open-url.ts";
import { onPastedAddress } from "../../terminal/pasted-address.ts";
import { streamKind } from "../../terminal/stream-kind.ts";
import { type Command, worldOf } from "../command.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { parseOptions } from "../parse.ts";
import { print, printJson } from "../print.ts";
import { withApp } from "../with-app.ts";
import { JSON_OPTION, publicPart, serverWord, tellChats } from "./shared.ts";

const OPTIONS = {
  "no-browser": { type: "boolean", description: "Print the address only" },
  json: JSON_OPTION,
  ...COMMON_OPTIONS,
} as const;

const LINE_COLUMNS = 300;
/** Beyond its own time limit, for an attempt in the other era of the protocol. */
const SECOND_TRY_MS = 5000;

/** What came of it. */
interface Result {
  server: string;
  url: string;
  login: LoginOutcome["kind"];
  issuer?: string;
  scopes?: string;
  tools: number;
}

export const loginCommand: Command = {
  meta: { name: "login", description: "Log in to a server that asks for it" },
  args: { ...OPTIONS, server: { type: "positional", required: false, description: "Its name" } },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, OPTIONS, 1);
    const name = await serverWord(values, positionals, "mcpchat servers login NAME");
    const opens = values["no-browser"] !== true && streamKind(2) === "terminal";
    const result = await withApp(context, values, async (app) => {
      const server = await remoteServer(app, name);
      const place = { paths: app.paths, env: worldOf(context).env };
      const outcome = await logIn(app, server, place, opens);
      return resultOf(server, outcome, await connect(app, server, outcome));
    });
    const chats = result.login === "not_needed" ? 0 : await tellChats(worldOf(context), name, "restart");
    await (values.json
      ? printJson({ ...result, ...(chats > 0 && { chats }) })
      : print(`${lineOf(result)}\n${toldLine(chats)}`));
    return 0;
  },
};

/** Throws UsageError for a name that is not configured, or that is a program of this machine. */
export async function remoteServer(app: App, name: string): Promise<RemoteServerConfig> {
  const server = serverNamed((await app.services.need("config")).current(), name);
  if (server && server.transport !== "stdio") return server;
  throw new UsageError(`server ${name} is a program on this machine`, "only servers with a url have logins");
}

async function logIn(
  app: App,
  server: RemoteServerConfig,
  place: Parameters<typeof credentialStore>[0],
  opens: boolean,
): Promise<LoginOutcome> {
  const ended: (() => void)[] = [];
  const show = (url: URL, offer: Offer) => {
    writeToStderr(`To log in to ${server.name}, open this address in a browser:\n\n  ${url.href}\n\n`);
    if (opens) void openUrl(url.href, { environment: place.env });
    if (streamKind(0) === "terminal") ended.push(takePasted(offer));
  };
  try {
    return await login(server, {
      store: credentialStore(place),
      listen: (port) => openCallback(port, { show }),
      signal: app.signal,
    });
  } finally {
    for (const end of ended) end();
  }
}

/** A browser on another machine cannot reach this one, and shows the address that it did not reach. */
function takePasted(offer: Offer): () => void {
  writeToStderr("If the browser runs elsewhere, paste the address it ends at here.\n");
  return onPastedAddress(({ searchParams }) => {
    if (!offer(searchParams)) writeToStderr("That is not the answer to this login.\n");
  });
}

/** For real: that tokens were given does not say that the server takes them. */
async function connect(app: App, server: RemoteServerConfig, outcome: LoginOutcome): Promise<number> {
  const host = await openServers(app, { only: [server.name], tells: true });
  try {
    await host?.ready(server.name, server.connectTimeoutMs * 2 + SECOND_TRY_MS, app.signal);
  } catch (error) {
    if (!(error instanceof ServerNotReadyError) || outcome.kind === "not_needed") throw error;
    throw new ServerNotReadyError(`logged in, but ${describeError(error)}`);
  }
  return host?.statuses().find(({ name }) => name === server.name)?.tools ?? 0;
}

function resultOf(server: RemoteServerConfig, outcome: LoginOutcome, tools: number): Result {
  const about = { server: server.name, url: publicPart(server), login: outcome.kind };
  if (outcome.kind === "not_needed") return { ...about, tools };
  const { issuer, scopes } = outcome;
  return { ...about, issuer, ...(scopes !== undefined && { scopes }), tools };
}

/** How many running chats begin anew with the server. */
function toldLine(chats: number): string {
  if (chats === 0) return "";
  return chats === 1 ? "a running chat starts it again\n" : `${chats} running chats start it again\n`;
}

function lineOf({ server, url, login: kind, issuer, scopes, tools }: Result): string {
  const offered = tools === 1 ? "1 tool" : `${tools} tools`;
  if (kind === "not_needed")
    return singleLine(`${server} needs no login; it offers ${offered}`, LINE_COLUMNS);
  const rights = scopes === undefined || scopes === "" ? "" : `, with the scopes ${scopes}`;
  return singleLine(
    `logged in to ${server} (${url}) by ${issuer}${rights}; it offers ${offered}`,
    LINE_COLUMNS,
  );
}
