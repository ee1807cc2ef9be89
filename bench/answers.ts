/**
 * A provider that answers as fast as it is read: answers of N million letters in pieces of four, made before they are
 * asked for, over each of the three APIs. The first line on stdout is its URL.
 *
 *   bun bench/answers.ts MEGABYTES...        (the model is called by its megabytes)
 */
import { framesOf } from "../tests/fixtures/model-server/frames.ts";
import { type Api, apiAt, PATHS } from "../tests/fixtures/model-server/record.ts";

const PIECE = "abc ";
const SLICE_BYTES = 64 * 1024;

function slicesOf(api: Api, megabytes: number): Uint8Array[] {
  const text = Array.from({ length: (megabytes * 1e6) / PIECE.length }, () => PIECE);
  const { opening, pieces, closing } = framesOf(api, { kind: "answer", text }, "any");
  const bytes = new TextEncoder().encode([...opening, ...pieces, ...closing].join(""));
  return Array.from({ length: Math.ceil(bytes.length / SLICE_BYTES) }, (_, index) =>
    bytes.subarray(index * SLICE_BYTES, (index + 1) * SLICE_BYTES),
  );
}

/** Hands a slice over when the last one has left. */
function streamOf(slices: readonly Uint8Array[]): ReadableStream {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      const slice = slices[next++];
      if (slice) controller.enqueue(slice);
      else controller.close();
    },
  });
}

const sizes = process.argv.slice(2).map(Number);
const apis = Object.keys(PATHS) as Api[]; // The keys of a record of them all.
const answers = new Map<string, Uint8Array[]>(
  apis.flatMap((api) => sizes.map((size) => [`${api} ${size}`, slicesOf(api, size)] as const)),
);

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 0,
  async fetch(request) {
    const { model } = (await request.json()) as { model: string }; // Only our own programs ask.
    const slices = answers.get(`${apiAt(new URL(request.url).pathname)} ${model}`);
    if (!slices) return new Response(null, { status: 404 });
    return new Response(streamOf(slices), { headers: { "content-type": "text/event-stream" } });
  },
});
console.log(`http://127.0.0.1:${server.port}`);
