/**
 * What mcpchat is measured against: programs that do the unavoidable and nothing else, compiled with the same options.
 */
import { join } from "node:path";

const PRINT = `console.log("0.1.0");`;

/** Sends the JSON in BODY to URL with the headers in HEADERS, and prints the stream of the answer as it comes. */
const FETCH = `
const { URL: url, BODY: body, HEADERS: headers } = process.env;
const response = await fetch(url, { method: "POST", body, headers: JSON.parse(headers) });
const output = Bun.stdout.writer();
for await (const chunk of response.body) {
  output.write(chunk);
  await output.flush();
}
`;

export interface BarePrograms {
  print: string;
  fetch: string;
}

/** Compiles the bare programs into `folder`; returns the paths of the executables. */
export async function compileBarePrograms(folder: string): Promise<BarePrograms> {
  return { print: await compile(folder, "print", PRINT), fetch: await compile(folder, "fetch", FETCH) };
}

async function compile(folder: string, name: string, source: string): Promise<string> {
  const entry = join(folder, `${name}.ts`);
  const outfile = join(folder, name);
  await Bun.write(entry, source);
  await Bun.build({
    entrypoints: [entry],
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
  });
  return outfile;
}
