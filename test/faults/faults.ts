// All faults by name, and how each is played.
import { EMBEDDED_KILLED } from './embedded-killed.ts'
import { HTTP_OUTAGE, playHttpOutage } from './http-outage.ts'
import { KAFKA_FAULTS } from './kafka-faults.ts'
import { play, type PlayOptions } from './kafka-play.ts'
import type { Row } from './row.ts'
import type { Stage } from './stage.ts'

interface NamedFault {
  readonly name: string
  readonly about: string
  play(stage: Stage, options: PlayOptions): Promise<Row>
}

export const FAULTS: readonly NamedFault[] = [
  ...KAFKA_FAULTS.map((fault) => ({
    ...fault,
    play: (stage: Stage, options: PlayOptions) => play(stage, fault, options),
  })),
  { ...HTTP_OUTAGE, play: playHttpOutage },
  {
    ...EMBEDDED_KILLED,
    play: (stage, options) => play(stage, EMBEDDED_KILLED, options),
  },
]

/** Small enough for `npm test`. */
export const SHORT: PlayOptions = { spans: 5_000, outageMs: 3_000, limitMs: 90_000 }
export const LONG: PlayOptions = { spans: 200_000, outageMs: 20_000, limitMs: 600_000 }
