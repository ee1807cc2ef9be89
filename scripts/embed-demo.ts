/** Puts the demo model into an executable. It is made by the build, from nothing but our own sources. */
import { join } from "node:path";
import type { EmbeddedDemo } from "../src/models/demo/embedded.ts";
import { buildDemoModel } from "./demo-model.ts";

/** Writes the model to the workshop, where it has to be until the build is done. */
export async function embedDemo(workshop: string): Promise<Bun.BunPlugin> {
  const model = buildDemoModel();
  const path = join(workshop, "demo.gguf");
  await Bun.write(path, model);
  const facts: Omit<EmbeddedDemo, "path"> = {
    bytes: model.length,
    sha256: new Bun.CryptoHasher("sha256").update(model).digest("hex"),
  };
  return {
    name: "embed-demo",
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/]models[\\/]demo[\\/]embedded\.ts$/ }, () => ({
        loader: "ts",
        contents: `import path from ${JSON.stringify(path)} with { type: "file" };
          export const embeddedDemo = { path, ...${JSON.stringify(facts)} };`,
      }));
    },
  };
}
