/** `--schema` with providers: checked, asked again with what is wrong, and 9 when that does not help. */
import { describe, expect, test } from "bun:test";
import { says } from "../fixtures/model-server/script.ts";
import { expectFailure } from "./complaint.ts";
import { homeWithModel, WIRES } from "./harness.ts";

const SCHEMA = JSON.stringify({
  type: "object",
  properties: { city: { type: "string" }, people: { type: "integer", minimum: 1 } },
  required: ["city", "people"],
});
const GOOD = '{"city": "Paris", "people": 2100000}';

describe.each(WIRES)("--schema with %s", (wire) => {
  const args = ["-m", `${wire}/any`, "--schema", SCHEMA, "where?"];

  test("prints the value and nothing else", async () => {
    const { home } = homeWithModel([says(GOOD)]);
    const result = await home.run(args);
    expect(result).toMatchObject({ code: 0, stdout: '{"city":"Paris","people":2100000}\n', stderr: "" });
  });

  test("takes a value out of a fence", async () => {
    const { home } = homeWithModel([says(`\`\`\`json\n${GOOD}\n\`\`\`\n`)]);
    expect(await home.run(args)).toMatchObject({ code: 0, stdout: '{"city":"Paris","people":2100000}\n' });
  });

  test("tells the model what is wrong, and counts all that it took", async () => {
    const { home, model } = homeWithModel([
      says("Paris."),
      says('{"city": "Paris", "people": 0}'),
      says(GOOD),
    ]);
    const result = await home.run([...args, "--json"]);
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({
      data: { city: "Paris", people: 2_100_000 },
      text: GOOD,
      usage: { input: 33, output: 21 },
    });
    expect(model.requests).toHaveLength(3);
    expect(JSON.stringify(model.requests[1]?.body)).toContain("it is not JSON");
    expect(JSON.stringify(model.requests[2]?.body)).toContain("/people");
    expect(result.stderr).toContain("asking again (1 of 2)");
    expect(result.stderr).toContain("asking again (2 of 2)");
  });

  test("gives up after the second time", async () => {
    const { home, model } = homeWithModel([says("Paris.")]);
    const result = await home.run(args);
    expect(expectFailure(result, 9)).toContain("the answer does not match the schema: it is not JSON");
    expect(result.stdout).toBe("");
    expect(model.requests).toHaveLength(3);
  });

  test("does not ask again for what was cut", async () => {
    const { home, model } = homeWithModel([
      { kind: "answer", text: '{"city": "Pa', stopReason: "max_tokens" },
    ]);
    expect(expectFailure(await home.run(args), 9)).toContain("it was cut at the limit of tokens");
    expect(model.requests).toHaveLength(1);
  });
});
