/**
 * Leaves out of the executable what mcpchat does not use of the providers' SDKs. OpenAI's client creates an object for
 * each part of the API, so that bundling keeps all of them and the helpers behind them; Anthropic's brings the ways to
 * find credentials. Loading them takes 3 and 1.5 ms of a start. mcpchat sends its requests through the clients
 * themselves, with the key it found.
 */

const LEFT_OUT = [
  /[\\/]openai[\\/](?:resources[\\/](?!index\.)|lib[\\/]).+\.mjs$/,
  /[\\/]@anthropic-ai[\\/]sdk[\\/](?:resources|lib[\\/]credentials)[\\/].+\.mjs$/,
];

/**
 * The plugin for `Bun.build`. In place of each module that is left out stand classes of the same names without members:
 * the client can create them, and whoever uses one finds out at once.
 */
export function leaveOut(): Bun.BunPlugin {
  const transpiler = new Bun.Transpiler({ loader: "js" });
  const stub = async ({ path }: { path: string }) => {
    const { exports } = transpiler.scan(await Bun.file(path).text());
    return { loader: "js" as const, contents: exports.map((name) => `export class ${name} {}`).join("\n") };
  };
  return {
    name: "leave-out",
    setup(build) {
      for (const filter of LEFT_OUT) build.onLoad({ filter }, stub);
    },
  };
}
