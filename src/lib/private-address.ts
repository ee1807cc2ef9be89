/**
 * Which IP addresses are not of the public internet: this machine, its networks, and what is set aside for other uses
 * (the special-purpose registries of IANA, RFC 6890). Names are not looked up here.
 */
import { isIPv4, isIPv6 } from "node:net";

/** An address as bits from the left, and how many of them count. */
type Range = readonly [string, number];

const V4: readonly Range[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  // Multicast, what is reserved, and broadcast.
  ["224.0.0.0", 3],
];

const V6: readonly Range[] = [
  ["100::", 64],
  // Protocol assignments, Teredo among them, which hides an address of IPv4 in a way of its own.
  ["2001::", 23],
  ["2001:db8::", 32],
  ["3fff::", 20],
  ["5f00::", 16],
  ["64:ff9b:1::", 48],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
];

/** IPv6 that carries an address of IPv4, and the bit at which that begins: such an address is as private as what it carries. */
const CARRIERS: readonly [...Range, number][] = [
  ["::", 96, 96],
  ["::ffff:0:0", 96, 96],
  ["::ffff:0:0:0", 96, 96],
  ["64:ff9b::", 96, 96],
  ["2002::", 16, 16],
];

/**
 * Whether an address of IPv4 or IPv6, without brackets, is not one of the public internet. What is no address is taken
 * for private: nobody should connect to what cannot be judged.
 */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, "");
  if (isIPv4(plain)) return isPrivateV4(bitsOfV4(plain));
  if (!isIPv6(plain)) return true;
  const bits = bitsOfV6(plain);
  for (const [start, length, from] of CARRIERS) {
    if (startsAlike(bits, bitsOfV6(start), length)) return isPrivateV4(bits.slice(from, from + 32));
  }
  return V6.some(([start, length]) => startsAlike(bits, bitsOfV6(start), length));
}

/** Whether an address lies in a block such as `10.0.0.0/8`; false for what is no block. */
export function isWithin(address: string, block: string): boolean {
  const [start = "", length = ""] = block.split("/");
  if (!/^\d{1,3}$/.test(length)) return false;
  if (isIPv4(address) && isIPv4(start))
    return startsAlike(bitsOfV4(address), bitsOfV4(start), Number(length));
  if (!isIPv6(address) || !isIPv6(start)) return false;
  return startsAlike(bitsOfV6(address), bitsOfV6(start), Number(length));
}

/** Whether a host, as a URL has it without brackets, is an address and no name. */
export function isAddress(host: string): boolean {
  return isIPv4(host) || isIPv6(host);
}

/** Whether a name is one that only this machine or a private network knows (RFC 6761, RFC 6762, RFC 8375). */
export function isPrivateName(name: string): boolean {
  const host = name.toLowerCase().replace(/\.$/, "");
  return !host.includes(".") || /\.(localhost|local|internal|intranet|lan|home|corp|home\.arpa)$/.test(host);
}

function isPrivateV4(bits: string): boolean {
  return V4.some(([start, length]) => startsAlike(bits, bitsOfV4(start), length));
}

function startsAlike(bits: string, others: string, length: number): boolean {
  return bits.slice(0, length) === others.slice(0, length);
}

function bitsOfV4(address: string): string {
  return address.split(".").map(bitsOf(8, 10)).join("");
}

function bitsOfV6(address: string): string {
  const groups = withoutDots(address);
  const [head = "", tail] = groups.split("::");
  const [left, right] = [head, tail ?? ""].map((half) => half.split(":").filter((group) => group !== ""));
  const given = [...(left ?? []), ...(right ?? [])].length;
  const zeros = new Array<string>(tail === undefined ? 0 : 8 - given).fill("0");
  return [...(left ?? []), ...zeros, ...(right ?? [])].map(bitsOf(16, 16)).join("");
}

/** An address of IPv4 at the end, as two groups. */
function withoutDots(address: string): string {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (!dotted) return address;
  const [a = 0, b = 0, c = 0, d = 0] = dotted.slice(1).map(Number);
  return `${address.slice(0, dotted.index)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function bitsOf(width: number, base: number) {
  return (part: string) => Number.parseInt(part, base).toString(2).padStart(width, "0");
}
