/** What each kind of scenario has the client do; names, arguments and servers are the suite's. */
import type { JsonObject } from "../../src/lib/conversation.ts";
import { LISTERS } from "../../src/mcp/client/content/offers.ts";
import { readResource } from "../../src/mcp/client/content/reading.ts";
import type { Visit } from "./visit.ts";

export type Scenario = (visit: Visit, context: Context) => Promise<void>;

/** What the suite hands to the client for some scenarios. */
export interface Context {
  client_id?: string;
  client_secret?: string;
  toolCalls?: { name: string; arguments: JsonObject }[];
}

/** What to do in a scenario; most only want a tool of theirs called, behind a login or not. */
export function scenarioFor(name: string): Scenario {
  return SCENARIOS.get(name) ?? useTools;
}

const SCENARIOS = new Map<string, Scenario>([
  ["tools_call", addNumbers],
  ["sep-2322-client-request-state", answerQuestions],
  ["http-standard-headers", useEverything],
  ["http-custom-headers", makeGivenCalls],
  ["json-schema-2020-12-preservation", echoSchema],
  ["json-schema-ref-no-deref", onlyConnect],
  ["auth/scope-retry-limit", beRefused],
  ["auth/resource-mismatch", beRefused],
  ["auth/iss-supported-missing", beRefused],
  ["auth/iss-wrong-issuer", beRefused],
  ["auth/iss-unexpected", beRefused],
  ["auth/iss-normalized", beRefused],
  ["auth/metadata-issuer-mismatch", beRefused],
]);

async function onlyConnect(visit: Visit): Promise<void> {
  await visit.connect();
}

/** Calls each tool that the server offers, with arguments that its schema asks for; side by side, as a model may. */
async function useTools(visit: Visit): Promise<void> {
  await visit.connect();
  await callAll(
    visit,
    visit.tools.map(({ name, inputSchema }) => ({ name, arguments: argumentsFor(inputSchema) })),
  );
}

async function callAll(visit: Visit, calls: NonNullable<Context["toolCalls"]>): Promise<void> {
  const outcomes = await Promise.all(calls.map((call) => visit.call(call.name, call.arguments)));
  const failed = outcomes.find(({ isError }) => isError);
  if (failed) throw new Error(`a tool failed: ${failed.content}`);
}

/** A text for each property that is required. */
function argumentsFor(schema: JsonObject): JsonObject {
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.fromEntries(required.map((name) => [String(name), "text"]));
}

async function addNumbers(visit: Visit): Promise<void> {
  await visit.connect();
  const { content } = await visit.call("add_numbers", { a: 5, b: 3 });
  if (content !== "The sum of 5 and 3 is 8") throw new Error(`not the sum: ${content}`);
}

/** Tools that ask before they answer, and one that does not; side by side, so that answers could be mixed up. */
async function answerQuestions(visit: Visit): Promise<void> {
  await visit.connect();
  const asking = ["test_mrtr_echo_state", "test_mrtr_no_state", "test_mrtr_unrelated"];
  await callAll(
    visit,
    asking.map((name) => ({ name, arguments: {} })),
  );
  // Its result lacks what a server of this revision has to say, which the SDK takes for a mistake of the server; the
  // scenario only wants that it is not taken for a question.
  await visit.call("test_mrtr_no_result_type");
}

/** Uses all that a server can offer. */
async function useEverything(visit: Visit): Promise<void> {
  await useTools(visit);
  for (const { uri } of await visit.ask(LISTERS.resources)) {
    await visit.ask((client, options) => readResource(client, "suite", uri, options));
  }
  for (const { name } of await visit.ask(LISTERS.prompts)) {
    await visit.ask((client, options) => client.getPrompt({ name }, options));
  }
}

async function makeGivenCalls(visit: Visit, { toolCalls = [] }: Context): Promise<void> {
  await visit.connect();
  await callAll(visit, toolCalls);
}

/** Hands the schema of one tool, as we would show it to a model, to the other. */
async function echoSchema(visit: Visit): Promise<void> {
  await visit.connect();
  const tool = visit.tools.find(({ name }) => name === "json_schema_2020_12_tool");
  if (!tool) throw new Error("the tool with the schema is not listed");
  await visit.call("json_schema_echo", { schema: tool.inputSchema });
}

/** The server, or who vouches for it, must not be trusted: there is no connection in the end. */
async function beRefused(visit: Visit): Promise<void> {
  const connected = await visit.connect().then(
    () => true,
    () => false,
  );
  if (connected) throw new Error("there should have been no connection");
}
