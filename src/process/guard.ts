/**
 * The guard: a few lines of sh in a session of their own that outlive us, whatever ends us. They are told of process
 * groups as these come and go; when the pipe to them ends, they end what is left. No runtime flag does that: servers
 * that ignore the end of their input stay, and grandchildren always (measured).
 */
import { type GroupObserver, MARK_VARIABLE } from "./tracker.ts";

/**
 * Reads `+PGID` and `-PGID` from its input, and the same with `@MARK` for a process that is being started: if we end
 * before its number is known, it is found by the mark in its environment (on Linux; elsewhere there is no asking).
 * Written for dash, whose `kill` knows `kill -9 -PGID` and neither names of signals after `--` nor
 * `kill -KILL -- -PGID`. The one that continues goes by its name: its number is 18 on Linux, where macOS has the one
 * that stops. A server that heeds the end of its input gets a moment to do so.
 */
const SCRIPT = `trap '' INT TERM HUP
set=" "
while IFS= read -r l; do case $l in
+*) set="$set\${l#+} ";;
-*) p=\${l#-}; case $set in *" $p "*) set="\${set%% $p *} \${set#* $p }";; esac;;
esac; done
[ "$set" = " " ] && exit
sleep 0.2
groups=
for p in $set; do case $p in
@*) for e in $(grep -lF "${MARK_VARIABLE}=\${p#@}" /proc/[0-9]*/environ); do e=\${e#/proc/}; kill -9 \${e%/*}; done;;
*) groups="$groups $p"; kill -15 -$p; kill -CONT -$p;;
esac; done
[ -z "$groups" ] && exit
sleep 1
for p in $groups; do kill -9 -$p; done`;

export interface Guard extends GroupObserver {
  /** Its process, once there was a group to guard. */
  readonly pid: number | undefined;
}

type GuardProcess = Bun.Subprocess<"pipe", "ignore", "ignore">;

/**
 * A guard that starts with the first group. If it is killed, another takes over what is alive. Where there is no sh,
 * as on Windows, it does nothing.
 */
export function createGuard(shell = "/bin/sh"): Guard {
  /** Groups and marks. */
  const watched = new Set<string>();
  let current: GuardProcess | undefined;
  let missing = process.platform === "win32";

  const start = (): GuardProcess | undefined => {
    try {
      const guard = Bun.spawn([shell, "-c", SCRIPT], {
        detached: true,
        stdin: "pipe",
        stdout: "ignore",
        stderr: "ignore",
        env: { PATH: "/usr/bin:/bin" },
      });
      // It must not keep us alive: our end is what it waits for.
      guard.unref();
      void guard.exited.then(() => replace(guard));
      return guard;
    } catch {
      missing = true;
      return undefined;
    }
  };
  const replace = (ended: GuardProcess) => {
    if (current !== ended) return;
    current = undefined;
    for (const one of watched) tell(`+${one}`);
  };
  const tell = (line: string) => {
    if (missing) return;
    current ??= start();
    void send(current, line);
  };
  const add = (one: string) => {
    watched.add(one);
    tell(`+${one}`);
  };
  const remove = (one: string) => {
    if (watched.delete(one)) tell(`-${one}`);
  };
  return {
    addMark: (mark) => add(`@${mark}`),
    removeMark: (mark) => remove(`@${mark}`),
    addGroup: (leader) => add(String(leader)),
    removeGroup: (leader) => remove(String(leader)),
    get pid() {
      return current?.pid;
    },
  };
}

/** A guard that has just died takes no line; its successor is told everything. */
async function send(guard: GuardProcess | undefined, line: string): Promise<void> {
  try {
    // Both now, in this order, before anything is started: what waits in a buffer is lost with us.
    await Promise.all([guard?.stdin.write(`${line}\n`), guard?.stdin.flush()]);
  } catch {
    // Told again by `replace`.
  }
}
