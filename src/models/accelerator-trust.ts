/**
 * The driver of an accelerator may end the process that opens it, each time anew: after that has happened without a model
 * ever having worked, it is left alone, and models run on the processor.
 */
import type { Notify } from "../lib/notice.ts";
import type { HostEnd } from "./host-child.ts";
import type { Embedded } from "./natives/embedded.ts";
import type { HostSettings } from "./protocol.ts";

/** Whether an executable with these files can use an accelerator, or do without: on macOS there is Metal, either way. */
export function hasAccelerators(embedded: Embedded | undefined): boolean {
  const names = embedded?.contents.flatMap((content) => content.names) ?? [];
  return names.some((name) => /^bins\/[^/]*-(cuda|vulkan)/.test(name));
}

export class AcceleratorTrust {
  readonly #notify: Notify;
  #trusted = true;
  #proven = false;

  constructor(notify: Notify) {
    this.#notify = notify;
  }

  /** What the next process is told, where the user wants `wanted`. */
  settingFor(wanted: HostSettings["acceleration"]): HostSettings["acceleration"] {
    return this.#trusted ? wanted : "none";
  }

  /** A process that was told `used` has ended, with so many models in its memory. */
  ended({ reason, asked }: HostEnd, used: HostSettings["acceleration"], models: number): void {
    if (models > 0) this.#proven = true;
    // Drivers end a process with a signal, and not with that of the system that runs out of memory.
    if (asked || this.#proven || !this.#trusted || used === "none" || !/^signal /.test(reason)) return;
    this.#trusted = false;
    this.#notify("warn", LEFT_ALONE);
  }
}

const LEFT_ALONE =
  "the accelerator's driver may be what crashed: until mcpchat starts again, models run on the processor alone; " +
  "models.acceleration none keeps it so";
