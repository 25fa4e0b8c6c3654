// Reads of columns whose index is in range by construction; trace shapes are kept as columns so that 100,000 spans cost
// no objects. Plain `column[i]` would be `number | undefined` everywhere.

export function int(column: Int32Array, index: number): number {
  return column[index] as number
}

export function num(column: Float64Array, index: number): number {
  return column[index] as number
}

export function item<T>(list: readonly T[], index: number): T {
  return list[index] as T
}
