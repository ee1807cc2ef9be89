/**
 * Leaves out of the executable what mcpchat does not use of OpenAI's SDK. Its client creates an object for each part of
 * the API, so that bundling keeps all of them and the helpers behind them, and loading them takes 3 ms of each start.
 * mcpchat sends its requests through the client itself.
 */

const LEFT_OUT = /[\\/]openai[\\/](?:resources[\\/](?!index\.)|lib[\\/]).+\.mjs$/;

/**
 * The plugin for `Bun.build`. In place of each module that is left out stand classes of the same names without members:
 * the client can create them, and whoever uses one finds out at once.
 */
export function leaveOut(): Bun.BunPlugin {
  const transpiler = new Bun.Transpiler({ loader: "js" });
  return {
    name: "leave-out",
    setup(build) {
      build.onLoad({ filter: LEFT_OUT }, async ({ path }) => {
        const { exports } = transpiler.scan(await Bun.file(path).text());
        return { loader: "js", contents: exports.map((name) => `export class ${name} {}`).join("\n") };
      });
    },
  };
}
