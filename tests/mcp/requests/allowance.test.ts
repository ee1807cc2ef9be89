import { expect, test } from "bun:test";
import { Allowance } from "../../../src/mcp/client/requests/allowance.ts";
import { FakeClock } from "../../fixtures/fake-clock.ts";

test("what is used up comes back as the time goes by, and is told once", async () => {
  const clock = new FakeClock();
  const allowance = new Allowance(clock, { most: 2, withinMs: 1000 });
  expect(allowance.take()).toBe("granted");
  await clock.advance(600);
  expect([allowance.take(), allowance.take(), allowance.take()]).toEqual(["granted", "exhausted", "refused"]);
  await clock.advance(400);
  expect([allowance.take(), allowance.take()]).toEqual(["granted", "exhausted"]);
  await clock.advance(1000);
  expect([allowance.take(), allowance.take()]).toEqual(["granted", "granted"]);
});

test("all of several rates hold", async () => {
  const clock = new FakeClock();
  const allowance = new Allowance(clock, { most: 2, withinMs: 100 }, { most: 3, withinMs: 1000 });
  expect([allowance.take(), allowance.take(), allowance.take()]).toEqual(["granted", "granted", "exhausted"]);
  await clock.advance(100);
  expect([allowance.take(), allowance.take()]).toEqual(["granted", "exhausted"]);
  await clock.advance(900);
  expect([allowance.take(), allowance.take()]).toEqual(["granted", "granted"]);
});
