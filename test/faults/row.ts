// What came of a fault: one row of the table, and what is wrong with it.
import type { LetterLedger, SpanLedger } from './ledger.ts'
import type { Watched } from './query-watch.ts'

export interface Row {
  readonly fault: string
  readonly spans: SpanLedger
  /** Undefined where no Kafka is in the play. */
  readonly letters: LetterLedger | undefined
  /** Seconds from the fault to the first spans stored again. */
  readonly progress: number
  readonly megabytes: number
  readonly watched: Watched
  /** Of the whole play. */
  readonly seconds: number
  /** What else is worth knowing. */
  readonly notes: readonly string[]
  /** What else went wrong. */
  readonly troubles: readonly string[]
}

const HEAD = [
  'fault',
  'sent',
  'stored',
  'lost',
  'twice',
  'malformed',
  'dead letters',
  'progress s',
  'peak MB',
  'right',
  '503',
  'wrong',
  'seconds',
]

/** Empty when every promise was kept. */
export function brokenPromises({ spans, letters, watched, troubles }: Row): string[] {
  const claims: [number, string][] = [
    [spans.lost, `spans lost, such as ${spans.firstLost.join(', ')}`],
    [spans.duplicated, 'spans stored twice'],
    [spans.strange, 'spans stored that should not be'],
    [letters?.missing ?? 0, 'malformed messages without a dead letter'],
    [letters?.wrongly ?? 0, 'dead letters of good messages'],
    [letters?.withoutReason ?? 0, 'dead letters without a reason'],
    [watched.wrong, `wrong answers:\n    ${watched.examples.join('\n    ')}`],
  ]
  const broken = claims.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  if (watched.right === 0) broken.push('the query node never gave an answer')
  return [...broken, ...troubles]
}

/** The rows as a Markdown table. */
export function table(rows: readonly Row[]): string {
  const lines = [HEAD, HEAD.map(() => '---'), ...rows.map(cells)]
  return lines.map((line) => `| ${line.join(' | ')} |\n`).join('')
}

function cells({ fault, spans, letters, progress, megabytes, watched, seconds }: Row): string[] {
  const { sent, stored, lost, duplicated } = spans
  const counts = [sent, stored, lost, duplicated, letters?.malformed ?? '-', letters?.deadLettered ?? '-']
  const answers = [watched.right, watched.unavailable, watched.wrong]
  return [fault, ...counts, progress.toFixed(1), megabytes, ...answers, Math.round(seconds)].map(String)
}
