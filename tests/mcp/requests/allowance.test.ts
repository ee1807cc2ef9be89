import { expect, test } from "bun:test";
import { Allowance } from "../../../src/mcp/client/requests/allowance.ts";
import { FakeClock } from "../../fixtures/fake-clock.ts";

test("what is used up comes back as the time goes by, and is told once", async () => {
  const clock = new FakeClock();
  const allowance = new Allowance(2, 1000, clock);
  expect(allowance.take()).toBe("granted");
  await clock.advance(600);
  expect([allowance.take(), allowance.take(), allowance.take()]).toEqual(["granted", "exhausted", "refused"]);
  await clock.advance(400);
  expect([allowance.take(), allowance.take()]).toEqual(["granted", "exhausted"]);
  await clock.advance(1000);
  expect([allowance.take(), allowance.take()]).toEqual(["granted", "granted"]);
});
