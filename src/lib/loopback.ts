/** Whether a host, as a URL names it, is this machine: what is sent there nobody on a network can read. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
