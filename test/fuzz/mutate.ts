// Damages bytes the way senders, wires and attackers do. Seeded: a number gives the same damage every time.

/** Numbers of 32 bits, from a seed (Mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }
}

/** Bytes that mean something to one format or another: signs, ends, lengths, high bits. */
const BYTES = [0, 1, 2, 8, 9, 10, 11, 12, 13, 15, 16, 0x22, 0x2c, 0x3a, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xc0, 0xed, 0xef, 0xff] // prettier-ignore

/** Words that mean something to one parser or another. */
const WORDS = [
  '__proto__', 'constructor', 'null', 'true', '-1', '1e999', '0', '9007199254740993', '18446744073709551615', '-0', 'NaN',
  '""', '"\\ud800"', '[]', '{}', '[[', '{"a":', '%00', '%', '&', '=', ' and ', 'error', '\u0000', '\ud83d\ude00', 'ffffffffffffffff',
  '00000000000000000000000000000000', '99999999999999999999', '1.5s', '2026-11-20T21:00:00.000000001Z', '{"service.name":"a"}',
].map((word) => Buffer.from(word)) // prettier-ignore

/** Some mutations of a copy of the sample; rarely more than a few, so that most of it stays whole and deep code is reached. */
export function mutate(samples: readonly Uint8Array[], random: Random): Buffer<ArrayBuffer> {
  let bytes = Buffer.from(random.of(samples))
  for (let left = 1 + random.below(4); left > 0; left--) bytes = mutateOnce(bytes, samples, random)
  return bytes
}

function mutateOnce(
  bytes: Buffer<ArrayBuffer>,
  samples: readonly Uint8Array[],
  random: Random,
): Buffer<ArrayBuffer> {
  const at = random.below(bytes.length + 1)
  const to = Math.min(bytes.length, at + 1 + random.below(random.below(8) === 0 ? 64 : 8))
  switch (random.below(9)) {
    case 0: {
      const flipped = Buffer.from(bytes)
      if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8))
      return flipped
    }
    case 1:
      return spliced(bytes, at, at + 1, Buffer.of(random.of(BYTES)))
    case 2:
      return spliced(bytes, at, at, Buffer.of(random.of(BYTES)))
    case 3:
      return spliced(bytes, at, to, Buffer.alloc(0))
    case 4:
      return spliced(bytes, at, at, bytes.subarray(at, to))
    case 5:
      return bytes.subarray(0, at)
    case 6:
      return spliced(bytes, at, random.below(2) === 0 ? at : to, random.of(WORDS))
    case 7: {
      const other = random.of(samples)
      const from = random.below(other.length + 1)
      return spliced(bytes, at, to, other.subarray(from, from + random.below(48)))
    }
    default: {
      // A number where a length may be.
      const length = Buffer.alloc(4)
      length.writeInt32BE(random.of([-1, 0, 1, 0x7fffffff, -0x80000000, bytes.length, 0x00ffffff]))
      return spliced(bytes, at, at + 4, length)
    }
  }
}

function spliced(bytes: Uint8Array, from: number, to: number, inserted: Uint8Array): Buffer<ArrayBuffer> {
  return Buffer.concat([bytes.subarray(0, from), inserted, bytes.subarray(to)])
}
