/** One row of the outcome table, run by the executable: what has to be seen from outside of a request that failed. */
import { expect } from "bun:test";
import { type Api, PATHS } from "../fixtures/model-server/record.ts";
import type { ModelServer } from "../fixtures/model-server/server.ts";
import { filesWithSecret, SECRET } from "./apis.ts";
import { expectFailure } from "./complaint.ts";
import type { Home } from "./harness.ts";
import type { Result } from "./program.ts";

export interface Outcome {
  /** The `code` of the error in JSON. */
  kind: string;
  exitCode: number;
  /** Requests that the server saw. */
  attempts: number;
  /** What the line says behind the name of the model. */
  words: string;
  /** What the line says to do about it. */
  advice: string;
  /** What came of the answer before. */
  text?: string;
}

/** Runs `-m API/NAME --json`, and checks line, object, requests, and that the key is nowhere. */
export async function expectOutcome(
  { home, model }: { home: Home; model: ModelServer },
  api: Api,
  name: string,
  outcome: Outcome,
): Promise<void> {
  const result = await home.run(["-m", `${api}/${name}`, "--json", "question"]);
  const line = expectFailure(result, outcome.exitCode);
  expect(line).toStartWith(`${api}/${name} ${outcome.words}`);
  const { text, error, provider, model: asked } = JSON.parse(result.stdout);
  expect({ text: text.trimEnd(), provider, asked }).toEqual({
    text: outcome.text ?? "",
    provider: api,
    asked: name,
  });
  expect(error).toMatchObject({ code: outcome.kind, exit_code: outcome.exitCode });
  expect(line).toBe(error.advice === undefined ? error.message : `${error.message}; ${error.advice}`);
  expect(error.advice ?? "").toContain(outcome.advice);
  expect(model.requests.map(({ path }) => path)).toEqual(Array(outcome.attempts).fill(PATHS[api]));
  expectRetriesTold(result, outcome.attempts);
  expectSecretKept(result, home);
}

/** A line for each try after the first, and none more. */
function expectRetriesTold({ stderr }: Result, attempts: number): void {
  const told = stderr.split("\n").filter((line) => line.includes("; trying again "));
  expect(told).toHaveLength(Math.max(0, attempts - 1));
}

export function expectSecretKept({ stdout, stderr }: Result, home: Home): void {
  expect(stdout + stderr).not.toContain(SECRET);
  expect(filesWithSecret(home)).toEqual([]);
}
