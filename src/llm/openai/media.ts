/** Images and PDFs as OpenAI's two APIs, and those that imitate one of them, take them. */
import type { ChatCompletionContentPart } from "openai/resources/chat/completions";
import type { ResponseInputFile, ResponseInputImage } from "openai/resources/responses/responses";
import { type Media, mediaLabel } from "../../lib/conversation.ts";
import type { Quirks } from "../quirks.ts";
import type { Part } from "../transcript.ts";

const UNNAMED = "document.pdf";

function dataUrl({ mediaType, data }: Media): string {
  return `data:${mediaType};base64,${data}`;
}

export function isImage({ mediaType }: Pick<Media, "mediaType">): boolean {
  return mediaType.startsWith("image/");
}

/** A part of a message of Chat Completions; a medium that the server does not take is named in brackets. */
export function chatPart(part: Part, pdf: Quirks["pdf"]): ChatCompletionContentPart {
  if (part.type === "text") return { type: "text", text: part.text };
  if (isImage(part)) return { type: "image_url", image_url: { url: dataUrl(part) } };
  switch (pdf) {
    case "file":
      return { type: "file", file: { filename: part.name ?? UNNAMED, file_data: dataUrl(part) } };
    case "document_url": {
      const document: unknown = { type: "document_url", document_url: dataUrl(part) };
      // Mistral's own, which the types of OpenAI's SDK do not know.
      return document as ChatCompletionContentPart;
    }
    case "none":
      return { type: "text", text: mediaLabel(part) };
  }
}

export function responsesMedia(media: Media): ResponseInputImage | ResponseInputFile {
  if (isImage(media)) return { type: "input_image", detail: "auto", image_url: dataUrl(media) };
  return { type: "input_file", filename: media.name ?? UNNAMED, file_data: dataUrl(media) };
}
