/** Amounts of US dollars. Pure. */

/** Sums of fractions end in digits that mean nothing. */
export function rounded(amount: number): number {
  return Number(amount.toPrecision(12));
}

/** As people read them: cents from a dollar on, else three digits that say something: `$0.0123`. */
export function dollars(amount: number): string {
  const size = Math.abs(amount);
  if (size === 0) return "$0";
  if (size >= 0.995) return `$${amount.toFixed(2)}`;
  const zeros = Math.max(0, -Math.floor(Math.log10(size)) - 1);
  // What is shorter is written shorter: 0.5, not 0.500.
  return `$${amount.toFixed(Math.min(12, zeros + 3)).replace(/0+$/, "")}`;
}
