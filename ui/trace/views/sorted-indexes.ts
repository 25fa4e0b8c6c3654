// Sorts the places of numbers by the numbers, fast enough for 100,000 rows between two frames.

/** Fewer are sorted sooner by comparing. */
const FEW = 2000
const DIGIT = 0xffff
const SIGN = 0x8000

/** Places of `keys`, sorted by them; equal ones stay in their order. NaN comes last, ascending or not. */
export function sortedIndexes(keys: Float64Array, descending = false): Int32Array {
  const order = new Int32Array(keys.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  // + 0 makes 0 of -0, whose bits differ.
  const numbers = keys.map((key) => (Number.isNaN(key) ? Infinity : descending ? 0 - key : key + 0))
  if (keys.length > FEW) return radixSorted(numbers, order)
  return order.sort((a, b) => {
    const [first, second] = [numbers[a] as number, numbers[b] as number]
    return first < second ? -1 : first > second ? 1 : a - b
  })
}

/**
 * By the numbers' bits, 16 at a time from the lowest, as LSD radix sort does it. IEEE 754: the bits of positive numbers
 * sort as the numbers do; those of negative ones the other way round, so they are turned over.
 */
function radixSorted(numbers: Float64Array, order: Int32Array): Int32Array {
  const digits = new Uint16Array(numbers.buffer.slice(0))
  for (let i = 0; i < order.length; i++) {
    const high = 4 * i + 3
    if ((numbers[i] as number) < 0)
      for (let d = 4 * i; d <= high; d++) digits[d] = (digits[d] as number) ^ DIGIT
    else digits[high] = (digits[high] as number) ^ SIGN
  }
  let sorted: Int32Array = order
  let other: Int32Array = new Int32Array(order.length)
  const places = new Int32Array(DIGIT + 2)
  for (let digit = 0; digit < 4; digit++) {
    places.fill(0)
    for (let i = 0; i < order.length; i++) {
      const at = (digits[4 * i + digit] as number) + 1
      places[at] = (places[at] as number) + 1
    }
    if (places.includes(order.length)) continue // The same digit everywhere.
    for (let i = 1; i < places.length; i++) places[i] = (places[i] as number) + (places[i - 1] as number)
    for (let i = 0; i < sorted.length; i++) {
      const index = sorted[i] as number
      const value = digits[4 * index + digit] as number
      const place = places[value] as number
      places[value] = place + 1
      other[place] = index
    }
    ;[sorted, other] = [other, sorted]
  }
  return sorted
}
