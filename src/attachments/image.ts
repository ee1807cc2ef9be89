/** Images, brought to a size that every provider takes. */
import { UsageError } from "../lib/errors.ts";
import type { MediaType } from "../lib/media-kind.ts";
import { formatBytes } from "../lib/text-amount.ts";

export interface Image {
  name: string;
  bytes: Uint8Array;
  mediaType: MediaType;
}

/** Anthropic's limit is on the base64, 5 MiB at its strictest: what does not fit stays in the conversation and fails for ever. */
const LARGEST_BYTES = (5 * 1024 * 1024 * 3) / 4;
/** In pixels; Anthropic refuses more. */
const LONGEST_SIDE = 8000;
/** In pixels: what Anthropic still takes when there are many, and more than most models look at. */
const SCALED_SIDE = 2000;
/** Four bytes each while they are scaled. */
const MOST_PIXELS = 150_000_000;

export interface FittedImage {
  image: Image;
  /** What was done to it, where something was. */
  change?: string;
}

/** The image as it is, or scaled down where providers would refuse it. Throws UsageError for one that cannot be read or scaled. */
export async function fitImage(image: Image): Promise<FittedImage> {
  const { bytes, mediaType } = image;
  const { width, height } = await sizeOf(image);
  if (bytes.length <= LARGEST_BYTES && Math.max(width, height) <= LONGEST_SIDE) return { image };
  const scaled = await scaleDown(image);
  const after = await sizeOf(scaled);
  const before = `${width}x${height} pixels and ${formatBytes(bytes.length)}`;
  const now = `${after.width}x${after.height} and ${formatBytes(scaled.bytes.length)}`;
  const still = mediaType === "image/gif" ? ", its first picture alone" : "";
  return { image: scaled, change: `scaled down from ${before} to ${now}${still}` };
}

async function sizeOf({ name, bytes, mediaType }: Image): Promise<{ width: number; height: number }> {
  try {
    return await new Bun.Image(bytes).metadata();
  } catch (error) {
    if (codeOf(error) === "ERR_IMAGE_TOO_MANY_PIXELS") throw unscalable(name, bytes);
    throw new UsageError(`${name}: begins as ${mediaType}, but is damaged`, "attach another");
  }
}

/** The first of several encodings that is small enough: a drawing stays sharp as PNG, a photograph needs JPEG. */
async function scaleDown({ name, bytes, mediaType }: Image): Promise<Image> {
  const small = () =>
    new Bun.Image(bytes, { maxPixels: MOST_PIXELS }).resize(SCALED_SIDE, SCALED_SIDE, {
      fit: "inside",
      withoutEnlargement: true,
    });
  const jpeg = (quality: number) => () => small().jpeg({ quality }).bytes();
  const asPng = { mediaType: "image/png", encode: () => small().png().bytes() } as const;
  const encodings = [
    ...(mediaType === "image/jpeg" ? [] : [asPng]),
    { mediaType: "image/jpeg", encode: jpeg(85) } as const,
    { mediaType: "image/jpeg", encode: jpeg(60) } as const,
  ];
  for (const { mediaType: encoded, encode } of encodings) {
    const smaller = await encode().catch(() => undefined);
    if (smaller && smaller.length <= LARGEST_BYTES) return { name, bytes: smaller, mediaType: encoded };
  }
  throw unscalable(name, bytes);
}

function unscalable(name: string, { length }: Uint8Array): UsageError {
  return new UsageError(
    `${name}: too large: ${formatBytes(length)}, images of at most ${formatBytes(LARGEST_BYTES)} and ` +
      `${LONGEST_SIDE} pixels a side can be sent, and this one could not be scaled down`,
    "make it smaller",
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
