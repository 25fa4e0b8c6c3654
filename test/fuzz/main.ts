// `npm run fuzz [-- CASES [TARGET …]]`: a million cases over all readers, each from a new seed; ends with 1 at a finding.
// `npm run fuzz -- --worst`: what the worst 10 MiB cost.
import { randomInt } from 'node:crypto'
import { fuzz } from './fuzz.ts'
import { TARGETS } from './targets.ts'
import { playWorst } from './worst.ts'

const USAGE = `npm run fuzz -- [CASES] [TARGET …] [--seed N]
npm run fuzz -- --worst [DECODER]

${TARGETS.map(({ name }) => `  ${name}\n`).join('')}`

const words = process.argv.slice(2)
const seedAt = words.indexOf('--seed')
const [, seedText] = seedAt < 0 ? [] : words.splice(seedAt, 2)
const first = seedText === undefined ? randomInt(2 ** 31) : Number(seedText)
const cases = /^\d+$/.test(words[0] ?? '') ? Number(words.shift()) : 1_000_000
const chosen = TARGETS.filter(({ name }) => words.length === 0 || words.includes(name))

if (words[0] === '--worst') {
  process.exitCode = playWorst(words[1]) ? 0 : 1
} else if (!Number.isSafeInteger(first) || words.some((word) => TARGETS.every(({ name }) => name !== word))) {
  process.stderr.write(USAGE)
  process.exitCode = 2
} else {
  const each = Math.ceil(cases / chosen.length)
  for (const target of chosen) {
    const began = performance.now()
    const found = fuzz(target, first, each)
    const seconds = (performance.now() - began) / 1000
    process.stdout.write(
      `${target.name.padEnd(28)} ${each} cases from seed ${first} in ${seconds.toFixed(1)} s\n`,
    )
    if (found === undefined) continue
    process.exitCode = 1
    const again = `npm run fuzz -- 1 ${target.name} --seed ${found.seed}`
    process.stdout.write(
      `${found.what}\ninput (base64): ${found.input.toString('base64')}\nagain: ${again}\n`,
    )
  }
}
