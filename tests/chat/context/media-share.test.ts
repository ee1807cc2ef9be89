/** Images and documents of a long conversation: which of them a request still carries. */
import { expect, test } from "bun:test";
import {
  MOST_LATEST_MEDIA,
  MOST_MEDIA,
  shareMedia,
  withLabels,
} from "../../../src/chat/context/media-share.ts";
import type { Media, Message } from "../../../src/lib/conversation.ts";

const MEGA = 1_000_000;
const image = (size: number, name = "a.png"): Media => ({
  mediaType: "image/png",
  data: "A".repeat(size),
  name,
});
const attached = (...media: Media[]): Message => ({
  role: "user",
  blocks: [{ type: "text", text: "look" }, ...media.map((one) => ({ type: "media" as const, ...one }))],
});
const answer: Message = { role: "assistant", blocks: [{ type: "text", text: "I see." }] };
const call: Message = {
  role: "assistant",
  blocks: [{ type: "tool_call", id: "1", name: "shot", arguments: {} }],
};
const result = (media: Media): Message => ({
  role: "user",
  blocks: [{ type: "tool_result", callId: "1", content: "[a.png]", isError: false, media: [media] }],
});

test("what a request carries stays as it is", () => {
  const messages = [attached(image(12 * MEGA)), answer, attached(image(12 * MEGA))];
  expect(shareMedia(messages)).toEqual({ messages, replaced: 0 });
  expect(shareMedia(messages).messages).toBe(messages);
  expect(shareMedia([])).toEqual({ messages: [], replaced: 0 });
});

test("the oldest are replaced by their labels, the newest stay", () => {
  const messages = [
    attached(image(3 * MEGA, "one.png"), image(3 * MEGA, "two.png")),
    answer,
    attached(image(10 * MEGA)),
    answer,
    attached(image(10 * MEGA)),
    answer,
  ];
  const share = shareMedia(messages);
  expect(share.replaced).toBe(2);
  expect(share.messages.slice(1)).toEqual(messages.slice(1));
  expect(share.messages[0]?.blocks).toEqual([
    { type: "text", text: "look" },
    { type: "text", text: "[one.png, image/png, 2250000 bytes]" },
    { type: "text", text: "[two.png, image/png, 2250000 bytes]" },
  ]);
});

test("those of the newest message stay, however much they are", () => {
  const messages = [attached(image(100)), answer, attached(image(20 * MEGA), image(20 * MEGA))];
  const share = shareMedia(messages);
  expect(share.replaced).toBe(1);
  expect(share.messages[2]).toBe(messages[2] as Message);
});

test("what the user has just attached stays beside what tools return, as long as a request has room", () => {
  const turn = (size: number) => [attached(image(MOST_MEDIA)), call, result(image(size))];
  const room = MOST_LATEST_MEDIA - MOST_MEDIA;
  expect(shareMedia(turn(room)).replaced).toBe(0);
  expect(shareMedia(turn(room + 1)).replaced).toBe(1);
  expect(shareMedia([...turn(100), answer, attached(image(100))]).replaced).toBe(1);
});

test("a result keeps its words", () => {
  expect(withLabels(result(image(10))).blocks).toEqual([
    { type: "tool_result", callId: "1", content: "[a.png]", isError: false },
  ]);
});

test("what is stored of a message stays with it", () => {
  expect(withLabels({ ...attached(image(10)), id: 7 } as Message)).toMatchObject({ id: 7, role: "user" });
});
