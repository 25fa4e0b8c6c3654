// `npm run fuzz -- --worst [DECODER]`: how long each decoder takes over the worst 10 MiB, and how much memory, each in a
// process of its own. Goals: under 1 s, at most 5 times the input.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type Decoded,
  decodeOtlpJson,
  decodeOtlpProtobuf,
  decodeZipkinProto3,
  decodeZipkinThrift,
  decodeZipkinV1Json,
  decodeZipkinV2Json,
  HopscopeError,
} from '@hopscope/proto'
import { WORST_INPUTS } from './worst-inputs.ts'

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => Decoded>> = {
  decodeOtlpJson,
  decodeOtlpProtobuf,
  decodeZipkinProto3,
  decodeZipkinThrift,
  decodeZipkinV1Json,
  decodeZipkinV2Json,
}

interface Measured {
  readonly milliseconds: number
  /** Of the process at its largest, beyond what it had with the input at hand. */
  readonly times: number
  readonly outcome: string
}

const GOAL_MS = 1000
const GOAL_TIMES = 5

/** @returns whether every goal was met */
export function playWorst(decoder: string | undefined): boolean {
  let met = true
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-worst-'))
  const file = join(folder, 'input')
  for (const input of WORST_INPUTS) {
    if (decoder !== undefined && input.decoder !== decoder) continue
    // Made here, so that the room it took to make isn't found free by decoding.
    writeFileSync(file, input.make())
    const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), input.decoder, file], {
      encoding: 'utf8',
      timeout: 120_000,
    })
    const measured = child.status === 0 ? (JSON.parse(child.stdout) as Measured) : undefined
    const isMet = measured !== undefined && measured.milliseconds < GOAL_MS && measured.times <= GOAL_TIMES
    met &&= isMet
    const figures =
      measured === undefined
        ? `ended with ${child.signal ?? child.status}: ${child.stderr.slice(0, 500)}`
        : `${String(measured.milliseconds).padStart(6)} ms ${measured.times.toFixed(1).padStart(6)} times  ${measured.outcome}`
    process.stdout.write(
      `${isMet ? 'met   ' : 'MISSED'} ${input.decoder.padEnd(20)} ${input.about.padEnd(56)} ${figures}\n`,
    )
  }
  rmSync(folder, { recursive: true })
  return met
}

function measure(decoder: string, file: string): Measured {
  const decode = DECODERS[decoder]
  if (decode === undefined) throw new RangeError(`no decoder ${decoder}`)
  const bytes = readFileSync(file)
  const before = process.resourceUsage().maxRSS
  const began = performance.now()
  let outcome: string
  try {
    const { spans, refusedCount } = decode(bytes)
    outcome = `${spans.length} spans, ${refusedCount} refused`
  } catch (error) {
    outcome = error instanceof HopscopeError ? error.message.slice(0, 100) : `BROKEN: ${String(error)}`
  }
  const milliseconds = Math.round(performance.now() - began)
  return { milliseconds, times: ((process.resourceUsage().maxRSS - before) * 1024) / bytes.length, outcome }
}

const [, script, decoder = '', file = ''] = process.argv
if (script === fileURLToPath(import.meta.url)) process.stdout.write(JSON.stringify(measure(decoder, file)))
