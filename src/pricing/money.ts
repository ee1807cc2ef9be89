/** US dollars as people read them: cents from a dollar on, else three digits that say something: `$0.0123`. Pure. */
export function dollars(amount: number): string {
  const size = Math.abs(amount);
  if (size === 0) return "$0";
  if (size >= 0.995) return `$${amount.toFixed(2)}`;
  const zeros = Math.max(0, -Math.floor(Math.log10(size)) - 1);
  // What is shorter is written shorter: 0.5, not 0.500.
  return `$${amount.toFixed(Math.min(12, zeros + 3)).replace(/0+$/, "")}`;
}
