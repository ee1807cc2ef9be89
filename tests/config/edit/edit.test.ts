// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of the configuration.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  addServer,
  type Edited,
  removeServer,
  serversIn,
  setServerEnabled,
} from "../../../src/config/edit/edit.ts";
import type { RawServer } from "../../../src/config/schema.ts";

const CONFIGURATION = `# mine
model = "a/b"    # the best

[mcp]
wait = 3

# the files
[mcp.servers.files] # of the notes
command = "npx"
args = [
  "-y",  # [mcp.servers.not-a-header]
  "server",
]
text = """
[mcp.servers.files]
enabled = true
"""
# cwd = "later"

[mcp.servers.files.tools]
allow = ["read_*"]

# far away
[ mcp . servers . "a.b" ]
enabled=false   # for now
url = 'http://localhost:1/#x'

[providers.gpu]
kind = "openai"
`;

function textOf(edited: Edited): string {
  if ("line" in edited) throw new Error(`refused at line ${edited.line}`);
  return edited.text;
}

describe("a server is", () => {
  test("added at the end, in a table of its own", () => {
    const server = {
      command: "npx",
      args: ["-y", 'a "b"'],
      env: { KEY: "v", "odd key": "\u007f" },
      trusted: true,
    };
    expect(textOf(addServer(CONFIGURATION, "new.one", server))).toBe(`${CONFIGURATION}
[mcp.servers."new.one"]
command = "npx"
args = ["-y", "a \\"b\\""]
env = { KEY = "v", "odd key" = "\\u007f" }
trusted = true
`);
  });

  test("added to nothing, and behind a last line without an end", () => {
    expect(textOf(addServer("", "x", { command: "y" }))).toBe('[mcp.servers.x]\ncommand = "y"\n');
    expect(textOf(addServer("a = 1\r\nb = 2", "x", { command: "y" }))).toBe(
      'a = 1\r\nb = 2\r\n\r\n[mcp.servers.x]\r\ncommand = "y"\r\n',
    );
  });

  test("removed with all of its tables, and nothing else is touched", () => {
    const [before = "", rest = ""] = CONFIGURATION.split("[mcp.servers.files] # of the notes");
    const after = rest.slice(rest.indexOf("# far away"));
    expect(textOf(removeServer(CONFIGURATION, "files"))).toBe(before + after);
    expect(textOf(removeServer(CONFIGURATION, "a.b"))).toBe(
      CONFIGURATION.replace(/\[ mcp [\s\S]*(?=\[providers)/, ""),
    );
  });

  test("removed without the comment of what follows", () => {
    const rest = "# about z\n[mcp.servers.z]\ncommand = 'y'\n";
    expect(textOf(removeServer(`[mcp.servers.x]\ncommand = 'y'\n# its own\n\n${rest}`, "x"))).toBe(rest);
    expect(textOf(removeServer(`[mcp.servers.x]\ncommand = 'y'\n${rest}`, "x"))).toBe(rest);
  });

  test.each([`a = """one""""`, `a = '''one'''''`, `a = "one\\""`, "a = 'one\\'", "a = 1 # '"])(
    "found behind %s",
    (line) => {
      const text = `${line}\n[mcp.servers.x]\ncommand = 7\n`;
      expect(textOf(setServerEnabled(text, "x", false))).toBe(text.replace("x]\n", "x]\nenabled = false\n"));
    },
  );

  test("removed from the end with the blank line before it", () => {
    expect(textOf(removeServer('a = 1\n\n[mcp.servers.x]\ncommand = "y"\n', "x"))).toBe("a = 1\n");
    expect(textOf(removeServer('[mcp.servers.x]\ncommand = "y"', "x"))).toBe("");
  });

  test("switched where it says so, or under its header", () => {
    expect(textOf(setServerEnabled(CONFIGURATION, "a.b", true))).toBe(
      CONFIGURATION.replace("enabled=false   #", "enabled=true   #"),
    );
    expect(textOf(setServerEnabled(CONFIGURATION, "files", false))).toBe(
      CONFIGURATION.replace("notes\n", "notes\nenabled = false\n"),
    );
    expect(textOf(setServerEnabled(CONFIGURATION, "files", true))).toBe(CONFIGURATION);
    expect(textOf(setServerEnabled("[mcp.servers.x]\r\ncommand='y'", "x", false))).toBe(
      "[mcp.servers.x]\r\nenabled = false\r\ncommand='y'",
    );
  });
});

describe("what is written in another way is refused, with its line", () => {
  const add = (text: string) => addServer(text, "new", { command: "x" });
  const remove = (text: string) => removeServer(text, "x");
  const disable = (text: string) => setServerEnabled(text, "x", false);
  test.each([
    ["an inline table", "a = 1\n[mcp.servers]\nx = { command = 'y' }\n", remove, 3],
    ["an inline table of all", "mcp = { servers = { x = { command = 'y' } } }\n", add, 1],
    ["dotted keys", "\n[mcp]\nwait = 1\nservers.x.command = 'y'\n", remove, 4],
    ["a dotted key from the root", "mcp.servers.x.command = 'y'\n", disable, 1],
    ["an inline table that is switched off", "[mcp.servers]\nx = { command = 'y' }\n", disable, 2],
  ])("%s", (_what, text, edit, line) => {
    expect(edit(text)).toEqual({ line });
  });

  test("but a dotted key that can be switched is", () => {
    const text = "[mcp.servers]\nx.command = 'y'\nx.enabled = true\n";
    expect(textOf(setServerEnabled(text, "x", false))).toBe(text.replace("true", "false"));
  });
});

const NAME = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,8}$/);
const WORD = fc.oneof(
  fc.constantFrom(
    "[mcp.servers.x]",
    "# no comment",
    '"',
    "'''",
    "\\",
    "${HOME}",
    "a\nb",
    "\r",
    "\t",
    "]",
    "=",
  ),
  fc.string({ unit: "binary", maxLength: 8 }).map((text) => text.toWellFormed()),
);
const SERVER: fc.Arbitrary<RawServer> = fc.record(
  {
    command: WORD,
    args: fc.array(WORD, { maxLength: 3 }),
    env: fc.dictionary(NAME, WORD, { maxKeys: 2, noNullPrototype: true }),
    enabled: fc.boolean(),
    tools: fc.record({ allow: fc.array(WORD, { maxLength: 2 }) }),
  },
  { requiredKeys: ["command"], noNullPrototype: true },
);
/** What may stand between two servers. */
const BETWEEN = fc.constantFrom(
  "",
  "# a comment\n",
  "\n\n  # a comment\n\n",
  '[providers."p.q"]\napi_key = """\n[mcp.servers.x]\n"""\n',
  "[chat]\nstop = [ # none\n  '[', ']' ]\n",
);

/** A configuration in any order and with anything between, as text and as what it says. */
const FILE = fc
  .uniqueArray(fc.record({ name: NAME, server: SERVER }), { maxLength: 4, selector: ({ name }) => name })
  .chain((servers) => fc.tuple(fc.constant(servers), BETWEEN, fc.nat(4), fc.constantFrom("\n", "\r\n")))
  .map(([servers, between, at, newline]) => {
    const head = `model = "a/b" # mine${newline}`;
    const text = servers.reduce(
      (so, { name, server }, index) =>
        `${textOf(addServer(so, name, server))}${index + 1 === at ? `\n${between}` : ""}`,
      at === 0 ? `${head}${between}` : head,
    );
    return { text, servers: Object.fromEntries(servers.map(({ name, server }) => [name, server])) };
  });

test("whatever is added is read back as it was meant", () => {
  fc.assert(
    fc.property(FILE, ({ text, servers }) => {
      expect(serversIn(text)).toEqual(servers);
    }),
    { numRuns: 300 },
  );
});

test("what is added and removed again leaves every byte as it was", () => {
  fc.assert(
    fc.property(FILE, NAME, SERVER, ({ text, servers }, name, server) => {
      fc.pre(!Object.hasOwn(servers, name));
      expect(textOf(removeServer(textOf(addServer(text, name, server)), name))).toBe(text);
    }),
    { numRuns: 300 },
  );
});

test("removing one leaves the lines of all others, and what they say", () => {
  fc.assert(
    fc.property(FILE, fc.nat(), ({ text, servers }, index) => {
      const names = Object.keys(servers);
      fc.pre(names.length > 0);
      const name = names[index % names.length] ?? "";
      const { [name]: _removed, ...others } = servers;
      const result = textOf(removeServer(text, name));
      expect(serversIn(result)).toEqual(others);
      expect(isSubsequence(result.split("\n"), text.split("\n"))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("switching one off and on changes one line, and nothing of the others", () => {
  fc.assert(
    fc.property(FILE, fc.nat(), fc.boolean(), ({ text, servers }, index, enabled) => {
      const names = Object.keys(servers);
      fc.pre(names.length > 0);
      const name = names[index % names.length] ?? "";
      const result = textOf(setServerEnabled(text, name, enabled));
      const isSaid = servers[name]?.enabled !== undefined || !enabled;
      expect(serversIn(result)).toEqual({
        ...servers,
        [name]: { ...servers[name], ...(isSaid && { enabled }) },
      });
      const before = text.split("\n");
      expect(result.split("\n").filter((line) => !before.includes(line)).length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 300 },
  );
});

function isSubsequence(lines: readonly string[], all: readonly string[]): boolean {
  let at = 0;
  for (const line of all) if (line === lines[at]) at++;
  return at >= lines.length;
}
