import { expect, test } from "bun:test";
import { isAllowed, publicAddress } from "../../../src/models/pull/address.ts";

test.each([
  "https://huggingface.co/a/b",
  "http://localhost:8080/x",
  "http://127.0.0.1/x",
  "http://127.9.9.9/x",
  "http://[::1]:80/x",
  "http://10.1.2.3/x",
  "http://172.16.0.1/x",
  "http://172.31.255.1/x",
  "http://192.168.0.1/x",
  "http://100.64.0.1/x",
  "http://[fd00::1]/x",
  "http://[fe80::1]/x",
  "http://nas/x",
  "http://nas.local/x",
])("%s may be asked", (address) => {
  expect(isAllowed(new URL(address))).toBe(true);
});

test.each([
  "http://huggingface.co/a/b",
  "http://8.8.8.8/x",
  "http://172.32.0.1/x",
  "http://192.169.0.1/x",
  "http://100.128.0.1/x",
  "http://[2001:db8::1]/x",
  "http://127.0.0.1.example.com/x",
  "http://local.example/x",
  "ftp://localhost/x",
  "file:///etc/passwd",
])("%s may not be asked", (address) => {
  expect(isAllowed(new URL(address))).toBe(false);
});

test("an address is shown without what may be secret", () => {
  expect(publicAddress(new URL("https://ada:pw@host/a/b?token=1#c"))).toBe("https://host/a/b");
  expect(publicAddress(new URL("foo://ada:pw@host:1/a?token=1"))).toBe("foo://host:1/a");
  expect(publicAddress(new URL("file:///etc/passwd"))).toBe("file:///etc/passwd");
});
