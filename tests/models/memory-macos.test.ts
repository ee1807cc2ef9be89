import { expect, test } from "bun:test";
import { availableOnMac, parseVirtualMemory } from "../../src/models/memory-macos.ts";

/** As macOS 14 says it on a healthy machine of 16 GB: next to nothing is free, and a third could be had. */
const HEALTHY = `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                                4172.
Pages active:                            355841.
Pages inactive:                          345412.
Pages speculative:                         9842.
Pages throttled:                              0.
Pages wired down:                        118224.
Pages purgeable:                           4721.
"Translation faults":                2412331512.
Pages copy-on-write:                  118911823.
`;
const GIB = 1024 ** 3;

test("what the kernel would give away counts as free", () => {
  expect(parseVirtualMemory(HEALTHY)).toBe((4172 + 345412 + 9842 + 4721) * 16384);
  expect(availableOnMac(16 * GIB, () => HEALTHY)).toBeGreaterThan(5 * GIB);
});

test("a kind of pages that a system does not have is none", () => {
  const text = HEALTHY.replace(/^Pages purgeable.*\n/m, "");
  expect(parseVirtualMemory(text)).toBe((4172 + 345412 + 9842) * 16384);
});

test.each(["", "vm_stat: command not found", "page size of 4096 bytes", "Pages free: 7."])(
  "%p tells nothing, and a part of the machine's memory is taken to be there",
  (text) => {
    expect(parseVirtualMemory(text)).toBeUndefined();
    expect(availableOnMac(16 * GIB, () => text)).toBe(12 * GIB);
  },
);

test("there is never more than the machine has", () => {
  expect(availableOnMac(GIB, () => HEALTHY)).toBe(GIB);
});
