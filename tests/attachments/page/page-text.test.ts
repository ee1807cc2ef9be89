import { describe, expect, test } from "bun:test";
import { decodeEntities } from "../../../src/attachments/page/entities.ts";
import { pageText } from "../../../src/attachments/page/page-text.ts";

describe("a page as text", () => {
  test("is what a reader would see of it", () => {
    const page = `<!doctype html><html><head><title>The &amp; title</title><style>a { b: c }</style></head>
      <body><nav><a href="/">Home</a></nav><h1>Head
      line</h1><p>One<br>two  <b>bold</b> &lt;b&gt;.<script>alert(1)</script></p><!-- not this -->
      <ul><li>first<li>second</ul><img alt="a picture" src="x.png"><div hidden>unseen</div></body></html>`;
    expect(pageText(page)).toBe(
      "The & title\n\n# Head line\nOne\ntwo bold <b>.\n- first\n- second\n[a picture]",
    );
  });

  test("keeps what is preformatted as it is", () => {
    expect(pageText("<p>a</p><pre>if x:\n    y\n\n  z</pre><p>b")).toBe("a\nif x:\n    y\n\n  z\nb");
  });

  test("does not mind what is broken, deep or no page at all", () => {
    expect(pageText("a < b & c")).toBe("a < b & c");
    expect(pageText("<pre>a")).toBe("a");
    expect(pageText("<nav>a")).toBe("");
    expect(pageText("")).toBe("");
    expect(pageText(`${"<div>".repeat(20_000)}x`)).toBe("x");
  });
});

test("a hostile page takes no longer than a large one", () => {
  // A pattern that goes back would take hours over each.
  const blanks = "<i> </i>".repeat(100_000);
  expect(pageText(`a${blanks}b`)).toBe("a b");
  expect(pageText(`<pre>a${" ".repeat(1_000_000)}b</pre>`)).toHaveLength(1_000_002);
  expect(pageText(`<pre>a${" \n".repeat(300_000)}b</pre>`)).toBe("a\n\nb");
  expect(pageText(`${"&".repeat(1_000_000)}${"<p> ".repeat(10_000)}`)).toHaveLength(1_000_000);
});

describe("references", () => {
  test.each([
    ["&amp;lt;", "&lt;"],
    ["&#65;&#x42;&#X43;", "ABC"],
    ["&uuml;&Eacute;&ntilde;&ccedil;&aring;", "üÉñçå"],
    ["&nosuch; &amp", "&nosuch; &amp"],
    ["&#0;&#xd800;&#x110000;", "\ufffd\ufffd\ufffd"],
    ["&constructor;", "&constructor;"],
  ])("%s is %s", (text, decoded) => {
    expect(decodeEntities(text)).toBe(decoded);
  });
});
