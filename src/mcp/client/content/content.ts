/** The way to what servers offer beside tools; outlives the manager, as the host does. */
import type { Clock } from "../../../lib/clock.ts";
import { UsageError, UserError } from "../../../lib/errors.ts";
import { ServiceGone, type Slot } from "../../../lib/slot.ts";
import type { ServerManager } from "../manager.ts";
import { createReach } from "../reach.ts";
import { type Ask, createAsk, type Question } from "./asking.ts";
import { checkArgument, checkArguments, unknownName } from "./names.ts";
import { expectOffer, LISTERS, offers } from "./offers.ts";
import type { Listed, Listing, McpContent, Offers, Unfinished } from "./port.ts";
import { readResource } from "./reading.ts";
import { templateVariables } from "./template.ts";
import { createWatch } from "./watching.ts";

export function createContent(slot: Slot<ServerManager>, clock: Clock): McpContent {
  const reach = createReach(slot, clock);
  const ask = createAsk(reach);
  return {
    async list(kind, asked) {
      const servers = asked.servers ?? (await serverNames(slot, asked.signal));
      const answers = await Promise.all(servers.map((server) => listOne(ask, kind, server, asked)));
      return {
        items: answers.flatMap(({ items }) => items),
        problems: answers.flatMap(({ problems }) => problems),
      };
    },
    read: (server, uri, limits) =>
      ask(server, (client, options) => readResource(client, server, uri, options), limits),
    prompt: (server, name, args, limits) =>
      ask(
        server,
        async (client, options) => {
          expectOffer(client, server, "prompts");
          const known = await LISTERS.prompts(client, options);
          checkArguments(name, findPrompt(server, name, known).arguments ?? [], args);
          return client.getPrompt({ name, arguments: { ...args } }, options);
        },
        limits,
      ),
    complete: (server, unfinished, limits) => ask(server, completion(server, unfinished), limits),
    watch: createWatch(reach, clock),
  };
}

async function serverNames(slot: Slot<ServerManager>, signal: AbortSignal): Promise<string[]> {
  try {
    return await slot.use(async (manager) => manager.servers().map(({ config }) => config.name), signal);
  } catch (error) {
    // Where everything ends there is nothing to list.
    if (error instanceof ServiceGone) return [];
    throw error;
  }
}

async function listOne<K extends keyof Offers>(
  ask: Ask,
  kind: K,
  server: string,
  asked: Parameters<McpContent["list"]>[1],
): Promise<Listing<Offers[K]>> {
  try {
    const items = await ask<Offers[K][]>(server, LISTERS[kind], asked);
    return { items: items.map((item): Listed<Offers[K]> => ({ ...item, server })), problems: [] };
  } catch (error) {
    if (asked.signal.aborted || !(error instanceof UserError)) throw error;
    return { items: [], problems: [{ server, error }] };
  }
}

function findPrompt(server: string, name: string, known: readonly Offers["prompts"][]): Offers["prompts"] {
  const prompt = known.find((candidate) => candidate.name === name);
  if (prompt) return prompt;
  throw unknownName(
    server,
    "prompt",
    name,
    known.map((candidate) => candidate.name),
  );
}

function completion(
  server: string,
  { of, argument, value, others = {} }: Unfinished,
): Question<Awaited<ReturnType<McpContent["complete"]>>> {
  return async (client, options) => {
    if (!offers(client, "completions")) throw new UsageError(`server ${server} completes nothing`);
    const ref =
      "prompt" in of
        ? { type: "ref/prompt" as const, name: of.prompt }
        : { type: "ref/resource" as const, uri: of.template };
    if ("prompt" in of) {
      const prompt = findPrompt(server, of.prompt, await LISTERS.prompts(client, options));
      checkArgument(
        `prompt ${prompt.name}`,
        (prompt.arguments ?? []).map(({ name }) => name),
        argument,
      );
    } else {
      const known = (await LISTERS.templates(client, options)).map(({ uriTemplate }) => uriTemplate);
      if (!known.includes(of.template)) throw unknownName(server, "template", of.template, known);
      checkArgument(of.template, await templateVariables(of.template), argument);
    }
    const context = Object.keys(others).length > 0 ? { context: { arguments: { ...others } } } : {};
    const params = { ref, argument: { name: argument, value }, ...context };
    return (await client.complete(params, options)).completion;
  };
}
