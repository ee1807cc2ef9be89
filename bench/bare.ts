/**
 * What mcpchat is measured against: programs that do the unavoidable and nothing else, compiled with the same options.
 */
import { join } from "node:path";

const PRINT = `console.log("0.1.0");`;

/** Sends the JSON in BODY to URL with the headers in HEADERS. */
const SEND = `
const { URL: url, BODY: body, HEADERS: headers } = process.env;
const response = await fetch(url, { method: "POST", body, headers: JSON.parse(headers) });
`;

/** Prints the stream of the answer as it comes, in the cheapest way there is. */
const FETCH = `${SEND}
const output = Bun.stdout.writer();
for await (const chunk of response.body) {
  output.write(chunk);
  await output.flush();
}
`;

/** The same as most would write it: touching `process.stdout` costs 9 ms. */
const FETCH_TO_STDOUT = `${SEND}
for await (const chunk of response.body) process.stdout.write(chunk);
`;

export interface BarePrograms {
  print: string;
  fetch: string;
  fetchToStdout: string;
}

/** Compiles the bare programs into `folder`; returns the paths of the executables. */
export async function compileBarePrograms(folder: string): Promise<BarePrograms> {
  return {
    print: await compile(folder, "print", PRINT),
    fetch: await compile(folder, "fetch", FETCH),
    fetchToStdout: await compile(folder, "fetch-to-stdout", FETCH_TO_STDOUT),
  };
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
