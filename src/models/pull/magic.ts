/** Whether what comes is a model at all, told by its first bytes. */
import { publicAddress } from "./address.ts";
import { PullError } from "./problem.ts";

const MAGIC = "GGUF";
/** As many as tell a model from what servers send in its place. */
export const HEAD_BYTES = 8;

/** Throws PullError when these are not the first bytes of a model; fewer than four are none, either. */
export function checkHead(url: URL, head: Uint8Array): void {
  const start = Buffer.from(head.subarray(0, HEAD_BYTES)).toString("latin1");
  if (start.startsWith(MAGIC)) return;
  throw new PullError("not_gguf", `${publicAddress(url)} is not a GGUF model${kindOf(start)}`, {
    advice: "name the address of the .gguf file itself",
  });
}

function kindOf(start: string): string {
  if (/^\s*</.test(start)) return " but a web page";
  if (start.startsWith("version ")) return " but a pointer of Git LFS";
  return /^\s*[{[]/.test(start) ? " but JSON" : "";
}

/** The pieces of a file from its beginning, once its first bytes are known to be those of a model. Throws PullError. */
export async function* modelBytes(url: URL, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array = new Uint8Array();
  let isChecked = false;
  for await (const chunk of body) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    if (!isChecked && held.length < HEAD_BYTES) continue;
    if (!isChecked) checkHead(url, held);
    isChecked = true;
    yield held;
    held = new Uint8Array();
  }
  if (isChecked) return;
  checkHead(url, held);
  yield held;
}
