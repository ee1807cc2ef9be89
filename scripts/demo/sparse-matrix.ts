/** A matrix of which few numbers are not zero. */
export class SparseMatrix {
  readonly #rows = new Map<number, Map<number, number>>();

  /** Sets what column `column` of the input adds to row `row` of the output. */
  set(row: number, column: number, value: number): void {
    const entries = this.#rows.get(row) ?? new Map<number, number>();
    this.#rows.set(row, entries.set(column, value));
  }

  /** As `Tensor.fill`. */
  readonly fill = (row: Float32Array, index: number): void => {
    for (const [column, value] of this.#rows.get(index) ?? []) row[column] = value;
  };
}
