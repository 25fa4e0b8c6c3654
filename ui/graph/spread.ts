// Places along a line, as near as can be to where things want to be, without overlap and in the order given.

/**
 * The places p that make the sum of (p - wanted)² least, with p[i + 1] - p[i] of at least `gap`: pool adjacent violators
 * (M. Ayer et al., An empirical distribution function for sampling with incomplete information, 1955), on wanted[i] - i·gap.
 */
export function spread(wanted: ArrayLike<number>, gap: number): Float64Array {
  const length = wanted.length
  // Blocks of neighbours that touch: where each ends, how long it is, its mean.
  const size = new Int32Array(length)
  const mean = new Float64Array(length)
  let blocks = 0
  for (let i = 0; i < length; i++) {
    size[blocks] = 1
    mean[blocks] = (wanted[i] ?? 0) - i * gap
    while (blocks > 0 && (mean[blocks - 1] ?? 0) > (mean[blocks] ?? 0)) {
      const [a, b] = [size[blocks - 1] ?? 0, size[blocks] ?? 0]
      mean[blocks - 1] = ((mean[blocks - 1] ?? 0) * a + (mean[blocks] ?? 0) * b) / (a + b)
      size[blocks - 1] = a + b
      blocks--
    }
    blocks++
  }
  const places = new Float64Array(length)
  let i = 0
  for (let block = 0; block < blocks; block++)
    for (let end = i + (size[block] ?? 0); i < end; i++) places[i] = (mean[block] ?? 0) + i * gap
  return places
}
