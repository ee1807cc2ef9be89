/** Images of a tool's result, brought to a size that providers take: one that is too large would fail every later request. */
import type { FittedImage } from "../attachments/image.ts";
import type { Media } from "../lib/conversation.ts";
import { UserError } from "../lib/errors.ts";
import type { MediaType } from "../lib/media-kind.ts";

/** Characters of base64. */
const LARGEST_PDF = 5 * 1024 * 1024;

export interface ResultMedia {
  media: Media[];
  /** What the model has to know of what was changed or left out: where it clicks depends on how large a picture is. */
  remarks: string[];
}

export async function fitMedia(media: readonly Media[]): Promise<ResultMedia> {
  const result: ResultMedia = { media: [], remarks: [] };
  for (const medium of media) {
    const { fitted, remark } = await fitOne(medium);
    if (fitted) result.media.push(fitted);
    if (remark !== undefined) result.remarks.push(`[${remark}]`);
  }
  return result;
}

async function fitOne(medium: Media): Promise<{ fitted?: Media; remark?: string }> {
  const { data, name = "the image" } = medium;
  if (medium.mediaType === "application/pdf") {
    return data.length > LARGEST_PDF ? { remark: `${name} is too large to be shown` } : { fitted: medium };
  }
  try {
    const { image, change } = await fitted(medium, name);
    if (change === undefined) return { fitted: medium };
    const smaller = {
      ...medium,
      mediaType: image.mediaType,
      data: Buffer.from(image.bytes).toString("base64"),
    };
    return { fitted: smaller, remark: `${name} is ${change}` };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { remark: `not shown: ${error.message}` };
  }
}

async function fitted({ mediaType, data }: Media, name: string): Promise<FittedImage> {
  const { fitImage } = await import("../attachments/image.ts");
  // What is in a result was given the type of its bytes, and is an image if it is no PDF.
  return fitImage({ name, bytes: Buffer.from(data, "base64"), mediaType: mediaType as MediaType });
}
