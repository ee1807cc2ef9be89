import { expect, setDefaultTimeout, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { addAlias, readAliases, removeAlias } from "../../src/alias/file.ts";
import { type Aliases, aliasService } from "../../src/alias/service.ts";
import { ConfigurationError } from "../../src/lib/errors.ts";
import type { ChildSpec, Running } from "../../src/supervisor/spec.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

setDefaultTimeout(30_000);

function rig() {
  const file = path.join(temporaryFolder(), "config", "aliases.toml");
  const notices: string[] = [];
  const spec = aliasService({ file, notify: (level, text) => notices.push(`${level}: ${text}`) });
  return { file, notices, spec };
}

async function start(spec: ChildSpec<Aliases>): Promise<Running<Aliases>> {
  const running = await spec.start({ path: "mcpchat", signal: new AbortController().signal, attempt: 0 });
  if (running === "ignore") throw new Error("the service ignored its start");
  return running;
}

test("aliases are added, used, replaced, removed, and are there after a kill", async () => {
  const { file, notices, spec } = rig();
  const first = await start(spec);
  first.handle.add("tr", "Translate to $1: $2");
  first.handle.add("sum", "Summarise");
  first.handle.add("tr", "Translate into $1: $2");
  first.kill();
  expect(await first.exited).toEqual({ kind: "killed" });
  const second = await start(spec);
  expect(second.handle.expand("tr", ["German", "hi"])).toBe("Translate into German: hi");
  expect(second.handle.list().map(({ name }) => name)).toEqual(["sum", "tr"]);
  expect(second.handle.remove("sum")).toBe(true);
  expect(second.handle.remove("sum")).toBe(false);
  expect(second.handle.has("sum")).toBe(false);
  expect(fs.readFileSync(file, "utf8")).toBe('tr = "Translate into $1: $2"\n');
  if (process.platform !== "win32") expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(notices).toEqual([]);
  second.stop("shutdown");
  expect(await second.exited).toEqual({ kind: "shutdown" });
});

test("an unknown alias names the nearest; a bad name or an empty template is refused", async () => {
  const { handle } = await start(rig().spec);
  handle.add("translate", "x");
  expect(() => handle.expand("tranlate", [])).toThrow("there is no alias tranlate");
  for (const name of ["", "a b", "1a", "__proto__", "ä"])
    expect(() => handle.add(name, "x")).toThrow("cannot be");
  expect(() => handle.add("blank", " ")).toThrow("would stand for nothing");
});

test.each([
  ["tr = ", "aliases.toml:1: "],
  ["a = 'b'\ntr = 3\n", "aliases.toml: tr: should be text in quotes"],
  ["[tr]\na = 'b'\n", "aliases.toml: tr: should be text in quotes"],
  ["'a b' = 'c'\n", "aliases.toml: a b: cannot be the name of an alias"],
])("a damaged file (%p) is one line, and is not written over", async (text, line) => {
  const { file, notices, spec } = rig();
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  const { handle } = await start(spec);
  expect(notices).toHaveLength(1);
  expect(notices[0]).toContain(line);
  expect(handle.list()).toEqual([]);
  expect(() => handle.add("new", "x")).toThrow(ConfigurationError);
  expect(() => handle.remove("tr")).toThrow(ConfigurationError);
  expect(fs.readFileSync(file, "utf8")).toBe(text);
});

test("restarted while the file is damaged, it goes on with what it knew", async () => {
  const { file, notices, spec } = rig();
  const first = await start(spec);
  first.handle.add("tr", "Translate: $*");
  first.kill();
  fs.writeFileSync(file, "tr = ");
  const { handle } = await start(spec);
  expect(handle.expand("tr", ["hi"])).toBe("Translate: hi");
  expect(notices).toHaveLength(1);
});

test("a change keeps the user's comments and the other lines", () => {
  const { file } = rig();
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, "# mine\nb = 'two'\n\n# the first\na = 'one'");
  addAlias(file, "c", "three");
  expect(fs.readFileSync(file, "utf8")).toBe("# mine\nb = 'two'\n\n# the first\na = 'one'\nc = \"three\"\n");
  removeAlias(file, "b");
  expect(fs.readFileSync(file, "utf8")).toBe("# mine\n\n# the first\na = 'one'\nc = \"three\"\n");
});

test("a template over several lines is replaced, and no line of another is taken for it", () => {
  const { file } = rig();
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, 'a = """\nb = not an alias\n"""\nb = """\nx\n"""\n');
  addAlias(file, "b", "new");
  expect([...readAliases(file)]).toEqual([
    ["a", "b = not an alias\n"],
    ["b", "new"],
  ]);
});

test("any template survives the file", () => {
  const { file } = rig();
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 1 }),
      fc.stringMatching(/^[a-c]$/),
      (template, name) => {
        fc.pre(template.trim() !== "");
        const before = readAliases(file);
        addAlias(file, name, template);
        expect(readAliases(file)).toEqual(new Map(before).set(name, template));
      },
    ),
  );
});
