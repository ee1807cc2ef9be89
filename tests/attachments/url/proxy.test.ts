import { expect, test } from "bun:test";
import { proxyFor } from "../../../src/attachments/url/proxy.ts";

const P = "http://proxy:1";

test.each([
  ["http://a.com/", {}, undefined],
  ["http://a.com/", { http_proxy: P }, P],
  ["https://a.com/", { http_proxy: P }, undefined],
  ["https://a.com/", { HTTPS_PROXY: P }, P],
  ["https://a.com/", { ALL_PROXY: "proxy:1" }, P],
  ["https://a.com/", { https_proxy: "", HTTPS_PROXY: P }, P],
  ["http://a.com/", { http_proxy: "socks5://proxy:1" }, undefined],
  ["http://a.com/", { http_proxy: P, no_proxy: "*" }, undefined],
  ["http://x.a.com/", { http_proxy: P, no_proxy: "b.com, a.com" }, undefined],
  ["http://x.a.com/", { http_proxy: P, NO_PROXY: "*.a.com" }, undefined],
  ["http://xa.com/", { http_proxy: P, no_proxy: "a.com" }, P],
  ["http://a.com:8080/", { http_proxy: P, no_proxy: "a.com:8080" }, undefined],
  ["http://a.com/", { http_proxy: P, no_proxy: "a.com:8080" }, P],
  ["http://10.1.2.3/", { http_proxy: P, no_proxy: "10.0.0.0/8" }, undefined],
  ["http://[::1]/", { http_proxy: P, no_proxy: "::1" }, undefined],
  ["http://[::1]:80/", { http_proxy: P, no_proxy: "[::1]" }, undefined],
] as [string, Record<string, string>, string | undefined][])(
  "%s with %p goes through %s",
  (address, env, proxy) => {
    expect(proxyFor(new URL(address), env)).toBe(proxy);
  },
);
