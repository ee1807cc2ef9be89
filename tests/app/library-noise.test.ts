import { expect, test } from "bun:test";
import { Console as StreamConsole } from "node:console";
import { Writable } from "node:stream";
import { divertConsole } from "../../src/app/library-noise.ts";

test("what a library prints becomes one safe line each, until the console is given back", () => {
  let written = "";
  const sink = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  const target = new StreamConsole(sink) as Console; // Bun's type has a method more.
  const lines: string[] = [];
  const giveBack = divertConsole((line) => lines.push(line), target);
  target.warn("[sdk] excluding tool 'a\u001b[31m\nb'", { depth: { of: 1 } });
  target.debug("more");
  expect(written).toBe("");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toStartWith("[sdk] excluding tool 'a");
  expect(lines.join("")).not.toMatch(/\p{Cc}/u);
  giveBack();
  target.log("again");
  expect(written).toBe("again\n");
});
