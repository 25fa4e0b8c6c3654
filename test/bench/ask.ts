// How long a question takes over HTTP, its answer read to the end.
import { quantile } from './report.ts'

const ROUNDS = 30
/** A slow question is asked fewer times, but this often at least. */
const FEWEST_ROUNDS = 3
const ENOUGH_MS = 10_000

/** Milliseconds. @throws Error when an answer is not 200 */
export async function medianOf(url: URL): Promise<number> {
  const times: number[] = []
  const until = performance.now() + ENOUGH_MS
  while (times.length < ROUNDS && (times.length < FEWEST_ROUNDS || performance.now() < until)) {
    const started = performance.now()
    await ask(url)
    times.push(performance.now() - started)
  }
  return quantile(
    times.sort((a, b) => a - b),
    0.5,
  )
}

/** @returns the body */
export async function ask(url: URL): Promise<string> {
  const response = await fetch(url)
  const text = await response.text()
  if (!response.ok) throw new Error(`${url.pathname} was answered with ${response.status}: ${text}`)
  return text
}
