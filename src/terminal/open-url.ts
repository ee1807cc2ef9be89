/** Opens an address in the user's browser, by the program that the system has for it; never through a shell. */
import { type Clock, systemClock } from "../lib/clock.ts";

interface OpenOptions {
  platform?: NodeJS.Platform;
  environment?: Readonly<Record<string, string | undefined>>;
  clock?: Clock;
}

/** A starter of browsers that is not done by then has a browser to look after; in milliseconds. */
const STARTED_MS = 3000;

/** False when nothing could be started, or when it says that it failed. Only http and https are opened. */
export async function openUrl(url: string, options: OpenOptions = {}): Promise<boolean> {
  const { platform = process.platform, environment = process.env, clock = systemClock } = options;
  const command = openerOf(url, platform);
  if (!command) return false;
  try {
    const child = Bun.spawn(command, {
      env: environment,
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
      // It outlives us, and Ctrl-C is not for it.
      detached: true,
    });
    child.unref();
    const late = Promise.withResolvers<number>();
    const cancel = clock.setTimer(STARTED_MS, () => late.resolve(0));
    const code = await Promise.race([child.exited, late.promise]);
    cancel();
    return code === 0;
  } catch {
    return false;
  }
}

/** The command line; undefined for what is no address of the web. */
export function openerOf(url: string, platform: NodeJS.Platform): string[] | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, href } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:") return undefined;
  if (platform === "darwin") return ["open", href];
  // `start` is a word of the shell, which would read an & in the address.
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler", href];
  return ["xdg-open", href];
}
