// A core on its own, for tests of one part: spans are kept in the memory given to it.
import { monotonicNow } from '../context/clock.ts'
import { propagatorOf } from '../formats/formats.ts'
import type { Span } from '../index.ts'
import { Core } from '../spans/core.ts'
import { redactorOf } from '../spans/redaction.ts'
import { samplerOf } from '../spans/sampling.ts'

export const coreOf = (spans: Span[], options: Partial<Core['options']> = {}): Core =>
  new Core({
    self: { service: 'test' },
    sampler: samplerOf({}),
    redacts: redactorOf(),
    now: monotonicNow(),
    log: () => undefined,
    report: (span) => spans.push(span),
    propagator: propagatorOf(),
    peers: {},
    propagateTo: () => true,
    ...options,
  })
