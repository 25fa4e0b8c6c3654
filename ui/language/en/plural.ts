// English numbers with their noun.
import { grouped } from '../numbers.ts'

/** `1 span`, `12,482 spans`, `2 matches`. */
export function count(value: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(value)} ${value === 1 ? noun : plural}`
}
