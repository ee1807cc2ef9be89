/** Whether a host, as a URL names it, is this machine: what is sent there nobody on a network can read. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/** Whether a host, as a URL names it, can only be reached on this machine, by whatever name: no proxy is in between. */
export function isThisMachine(hostname: string): boolean {
  return isLoopback(hostname) || /\.localhost$/.test(hostname) || ["0.0.0.0", "[::]"].includes(hostname);
}
