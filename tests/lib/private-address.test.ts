import { describe, expect, test } from "bun:test";
import { isPrivateAddress, isPrivateName, isWithin } from "../../src/lib/private-address.ts";

describe("private", () => {
  test.each([
    ["0.0.0.0", "0.255.255.255"],
    ["10.0.0.0", "10.255.255.255"],
    ["100.64.0.0", "100.127.255.255"],
    ["127.0.0.1", "127.255.255.255"],
    ["169.254.0.0", "169.254.169.254"],
    ["172.16.0.0", "172.31.255.255"],
    ["192.0.0.0", "192.0.0.255"],
    ["192.0.2.1", "198.51.100.7"],
    ["192.168.0.0", "192.168.255.255"],
    ["198.18.0.0", "198.19.255.255"],
    ["224.0.0.1", "239.255.255.255"],
    ["240.0.0.0", "255.255.255.255"],
    ["::", "::1"],
    ["fc00::", "fdff:ffff::1"],
    ["fe80::1", "febf::1"],
    ["fe80::1%eth0", "fec0::1"],
    ["ff02::1", "ff0e::1"],
    ["2001:db8::1", "2001::1"],
    ["::ffff:127.0.0.1", "::ffff:a00:1"],
    ["::127.0.0.1", "::ffff:0:10.0.0.1"],
    ["64:ff9b::10.1.2.3", "64:ff9b:1::1"],
    ["2002:a00:1::", "2002:7f00:1::5"],
    ["no address", "1.2.3"],
  ])("are %s and %s", (one, other) => {
    expect(isPrivateAddress(one)).toBe(true);
    expect(isPrivateAddress(other)).toBe(true);
  });
});

describe("public", () => {
  test.each([
    ["1.0.0.0", "9.255.255.255"],
    ["11.0.0.0", "100.63.255.255"],
    ["100.128.0.0", "126.255.255.255"],
    ["128.0.0.0", "169.253.255.255"],
    ["169.255.0.0", "172.15.255.255"],
    ["172.32.0.0", "192.0.1.0"],
    ["192.167.255.255", "192.169.0.0"],
    ["198.17.255.255", "198.20.0.0"],
    ["223.255.255.255", "8.8.8.8"],
    ["2606:4700:4700::1111", "2a00:1450:4001:80b::200e"],
    ["2001:4860:4860::8888", "2400::1"],
    ["::ffff:8.8.8.8", "::ffff:808:808"],
    ["64:ff9b::8.8.8.8", "2002:808:808::1"],
  ])("are %s and %s", (one, other) => {
    expect(isPrivateAddress(one)).toBe(false);
    expect(isPrivateAddress(other)).toBe(false);
  });
});

test("an address lies in a block of its own kind", () => {
  expect(isWithin("10.1.2.3", "10.0.0.0/8")).toBe(true);
  expect(isWithin("11.1.2.3", "10.0.0.0/8")).toBe(false);
  expect(isWithin("fd00::1", "fd00::/8")).toBe(true);
  expect(isWithin("10.1.2.3", "fd00::/8")).toBe(false);
  expect(isWithin("10.1.2.3", "10.0.0.0/")).toBe(false);
});

test("names that no public name server knows", () => {
  for (const name of [
    "localhost",
    "LOCALHOST.",
    "printer",
    "a.local",
    "x.internal",
    "box.lan",
    "a.home.arpa",
  ]) {
    expect(isPrivateName(name)).toBe(true);
  }
  for (const name of ["example.com", "local.example.com", "internal.io"])
    expect(isPrivateName(name)).toBe(false);
});
