// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the configuration's variables
import { expect, test } from "bun:test";
import fc from "fast-check";
import { expandText, expandTree } from "../../src/config/expand.ts";

const ENV = { NAME: "ada", EMPTY: "", DOLLARS: "${NAME} $& $1" };

test.each([
  ["${NAME}", "ada"],
  ["a${NAME}b${NAME}c", "aadabadac"],
  ["${EMPTY}", ""],
  ["${EMPTY:-other}", "other"],
  ["${UNSET:-other}", "other"],
  ["${UNSET:-}", ""],
  ["${UNSET:-http://host:80/v1}", "http://host:80/v1"],
  ["${NAME:-other}", "ada"],
  ["$${NAME}", "${NAME}"],
  ["$NAME $5 $$", "$NAME $5 $$"],
  // What a variable holds is taken as it is.
  ["${DOLLARS}", "${NAME} $& $1"],
])("%p becomes %p", (text, expanded) => {
  expect(expandText(text, ENV)).toEqual({ value: expanded });
});

test.each([
  ["${UNSET}", "the variable UNSET is not set; set it, or write ${UNSET:-default}"],
  ["${NAME} ${UNSET}", "UNSET"],
  ["${1}", 'write "$${"'],
  ["${NAME", 'write "$${"'],
  ["${}", 'write "$${"'],
])("%p is a problem", (text, problem) => {
  const result = expandText(text, ENV);
  expect("problem" in result && result.problem).toContain(problem);
});

test("every text of a tree is expanded, and nothing else is changed", () => {
  const tree = { a: "${NAME}", b: ["x", "${NAME}"], c: { d: { e: "${NAME}" } }, f: 1, g: true };
  const expanded = { a: "ada", b: ["x", "ada"], c: { d: { e: "ada" } }, f: 1, g: true };
  expect(expandTree(tree, ENV)).toEqual({ value: expanded, unset: {} });
});

test("every problem is given with its key", () => {
  const result = expandTree({ a: "${NO}", b: { "c d": ["ok", "${NO_MORE}"] } }, ENV);
  expect("problems" in result && result.problems.map((problem) => problem.key)).toEqual(["a", 'b."c d".1']);
});

test("a key that would change a prototype is a problem", () => {
  const result = expandTree(Bun.TOML.parse("[mcp.servers.__proto__]\ncommand = 'x'"), ENV);
  expect(result).toEqual({ problems: [{ key: "mcp.servers.__proto__", text: "is not a name" }] });
});

const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    leaf,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie("tree"), { maxKeys: 3 }),
  ),
}));

test("a tree without variables comes out as it went in", () => {
  fc.assert(
    fc.property(tree, (value) => {
      fc.pre(!JSON.stringify(value).includes("${"));
      expect(expandTree(value, ENV)).toEqual({ value, unset: {} });
    }),
  );
});

test("what is missing in a provider or a disabled server is told apart, and left as it is written", () => {
  const tree = {
    providers: { gpu: { api_key: "${NO}" } },
    mcp: { servers: { off: { enabled: false, command: "${NAME}", args: ["${NO}"] }, on: { command: "a" } } },
  };
  const servers = { ...tree.mcp.servers, off: { enabled: false, command: "ada", args: ["${NO}"] } };
  const text = "the variable NO is not set; set it, or write ${NO:-default}";
  expect(expandTree(tree, ENV)).toEqual({
    value: { ...tree, mcp: { servers } },
    unset: {
      "providers.gpu": [{ key: "providers.gpu.api_key", text }],
      "mcp.servers.off": [{ key: "mcp.servers.off.args.0", text }],
    },
  });
  const enabled = expandTree({ mcp: { servers: { on: { command: "${NO}" } } } }, ENV);
  expect(enabled).toEqual({ problems: [{ key: "mcp.servers.on.command", text }] });
});

test("any text can be written so that it means itself", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("$", "{", "}", "${", "NAME", ":-", "a"), { maxLength: 8 }),
      (parts) => {
        const text = parts.join("");
        // Runs of dollars before a brace cannot be told from the escape itself.
        fc.pre(!text.includes("$${"));
        expect(
          expandText(
            text.replaceAll("${", () => "$${"),
            ENV,
          ),
        ).toEqual({ value: text });
      },
    ),
  );
});

test("any value of a variable arrives unchanged", () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      expect(expandText("<${X}>", { X: value })).toEqual({ value: `<${value}>` });
    }),
  );
});
