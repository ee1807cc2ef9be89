import { describe, expect, test } from "bun:test";
import { fetchAddress } from "../../../src/attachments/url/fetch-address.ts";
import { options, PUBLIC, refusal, serve } from "./far-end.ts";

describe("an address", () => {
  test("is fetched from where its name was found, under its name", async () => {
    const server = serve(
      () => new Response("hello", { headers: { "content-type": "text/plain; charset=utf-8" } }),
    );
    const given = options();
    const raw = await fetchAddress(`${server.at("example.com")}/dir/a%20b.txt?q=1#part`, given);
    expect({ ...raw, bytes: Buffer.from(raw.bytes).toString() }).toEqual({
      name: `${server.at("example.com")}/dir/a%20b.txt?q=1`,
      title: "a b.txt",
      bytes: "hello",
      charset: "utf-8",
      isText: true,
      isPage: false,
    });
    expect(given.dialled).toEqual([`${server.at(PUBLIC)}/dir/a%20b.txt?q=1`]);
    expect(server.seen[0]?.url).toStartWith(server.at("example.com"));
  });

  test("takes the next where one of several is not reached", async () => {
    const server = serve(() => new Response("hello"));
    const given = options({ privateUrls: true, lookUp: async () => ["127.0.0.9", "127.0.0.1"] });
    expect((await fetchAddress(server.at("example.com"), given)).title).toBe("example.com");
    expect(given.dialled).toHaveLength(2);
  });

  test.each([
    ["http://127.0.0.1:1/", "http://127.0.0.1:1/: is on this machine or a private network: refused"],
    ["http://0x7f.1/", "http://127.0.0.1/: is on this machine or a private network: refused"],
    ["http://[::1]/", "http://[::1]/: is on this machine or a private network: refused"],
    ["http://[::ffff:10.0.0.1]/", "is on this machine or a private network: refused"],
    ["http://me:secret@10.1.2.3/", "http://10.1.2.3/: is on this machine or a private network: refused"],
    ["ftp://example.com/", "ftp://example.com/: only http and https are fetched"],
    ["file:///etc/passwd", "file:///etc/passwd: only http and https are fetched"],
    ["example.com/a", "example.com/a: is no address"],
    ["http://me:secret@", "http://: is no address"],
  ])("%s is refused", async (text, line) => {
    const given = options();
    const told = await refusal(fetchAddress(text, given));
    expect(told).toContain(line);
    expect(told).not.toContain("secret");
    expect(given.dialled).toEqual([]);
  });

  test("whose name leads to a private network is refused, and taken when the configuration allows it", async () => {
    const server = serve(() => new Response("inside"));
    const lookUp = async () => ["127.0.0.1", "::1"];
    const told = await refusal(fetchAddress(server.at("inside.example"), options({ lookUp })));
    expect(told).toBe(
      `${server.at("inside.example")}/: is on this machine or a private network (127.0.0.1): refused; ` +
        "[attachments] private_urls = true in the configuration allows it",
    );
    expect(server.seen).toHaveLength(0);
    const taken = await fetchAddress(server.at("inside.example"), options({ lookUp, privateUrls: true }));
    expect(Buffer.from(taken.bytes).toString()).toBe("inside");
  });

  test("of several, some of them private, is fetched from the others alone", async () => {
    const server = serve(() => new Response("hello"));
    const given = options({ lookUp: async () => ["10.0.0.1", PUBLIC] });
    await fetchAddress(server.at("example.com"), given);
    expect(given.dialled).toEqual([`${server.at(PUBLIC)}/`]);
  });

  test("that is not found or not reached is a line", async () => {
    const missing = Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" });
    const lookUp = () => Promise.reject(missing);
    expect(await refusal(fetchAddress("http://nowhere.example/", options({ lookUp })))).toBe(
      "http://nowhere.example/: cannot be fetched: host not found; check the address",
    );
    expect(await refusal(fetchAddress("http://example.com:1/", options()))).toContain("connection refused");
  });
});

describe("a redirect", () => {
  const to = (location: string, status = 302) => new Response(null, { status, headers: { location } });

  test("is followed, relative or not, under the name of the first", async () => {
    const server = serve(({ url }) => (url.endsWith("/end") ? new Response("there") : to("/end")));
    const raw = await fetchAddress(`${server.at("example.com")}/start`, options());
    expect(raw.name).toEndWith("/start");
    expect(Buffer.from(raw.bytes).toString()).toBe("there");
  });

  test("to a private network is refused, by address and by name", async () => {
    const server: ReturnType<typeof serve> = serve(({ url }) =>
      to(url.endsWith("/name") ? server.at("inside.example") : `${server.at("127.0.0.1")}/secret`),
    );
    const lookUp = async (name: string) => (name === "inside.example" ? ["10.0.0.7"] : [PUBLIC]);
    const given = options({ lookUp });
    expect(await refusal(fetchAddress(`${server.at("example.com")}/address`, given))).toContain(
      `${server.at("127.0.0.1")}/secret: is on this machine or a private network: refused`,
    );
    expect(await refusal(fetchAddress(`${server.at("example.com")}/name`, given))).toContain(
      "(10.0.0.7): refused",
    );
    expect(server.seen).toHaveLength(2);
  });

  test("is followed five times, and never to what is not the web or not encrypted any more", async () => {
    const server = serve(({ url }) => {
      const { pathname } = new URL(url);
      return pathname === "/file" ? to("file:///etc/passwd") : to(`/${Number(pathname.slice(1)) + 1}`);
    });
    expect(await refusal(fetchAddress(`${server.at("example.com")}/1`, options()))).toContain(
      "redirects more than 5 times",
    );
    expect(server.seen).toHaveLength(6);
    expect(await refusal(fetchAddress(`${server.at("example.com")}/file`, options()))).toContain(
      "no address of the web",
    );
    const insecure = options({ fetch: async () => to("http://example.com/a") });
    expect(await refusal(fetchAddress("https://example.com/", insecure))).toContain(
      "redirects from https to http: refused",
    );
  });

  test("to another host goes without the credentials of the address", async () => {
    const server: ReturnType<typeof serve> = serve(({ url, headers }) => {
      if (url.endsWith("/a")) return to("/b");
      return url.endsWith("/b")
        ? to(`${server.at("other.example")}/c`)
        : new Response(headers.get("authorization"));
    });
    const address = `http://me:p%40ss@example.com:${server.port}/a`;
    const raw = await fetchAddress(address, options());
    expect(raw.name).toBe(`${server.at("example.com")}/a`);
    const expected = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
    expect(server.seen.map(({ authorization }) => authorization)).toEqual([expected, expected, null]);
  });
});
