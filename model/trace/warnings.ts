// What a reader should know before trusting a reconstructed trace, in whole sentences.
import type { Span, SpanId } from '../span.ts'
import type { TraceWarning, TraceWarningCode } from './view.ts'

const MOST_IDS = 20
/** Ids spelled out in a sentence. */
const MOST_NAMED = 5

function warning(code: TraceWarningCode, ids: readonly SpanId[], message: string): TraceWarning {
  return { code, message, spanIds: ids.toSorted().slice(0, MOST_IDS), count: ids.length }
}

const spansAre = (count: number) => (count === 1 ? '1 span is' : `${count} spans are`)
const spansHave = (count: number) => (count === 1 ? '1 span has' : `${count} spans have`)

function listed(ids: readonly SpanId[]): string {
  const named = ids.toSorted().slice(0, MOST_NAMED).join(', ')
  return ids.length > MOST_NAMED ? `${named} and ${ids.length - MOST_NAMED} more` : named
}

export const warningOf = {
  missingParent(orphans: readonly Span[]): TraceWarning {
    // A joining server without a parent id misses its caller's half, which has its own id.
    const missing = [...new Set(orphans.map((span) => span.parentId ?? span.id))]
    return warning(
      'missing-parent',
      orphans.map((span) => span.id),
      `${spansAre(orphans.length)} shown under the root because the parent was not reported: ${listed(missing)}.`,
    )
  },
  multipleRoots(ids: readonly SpanId[]): TraceWarning {
    return warning(
      'multiple-roots',
      ids,
      `${ids.length} spans have no parent, so they are shown under a root made up for this view: ${listed(ids)}.`,
    )
  },
  cycle(ids: readonly SpanId[]): TraceWarning {
    return warning(
      'cycle',
      ids,
      `${ids.length === 1 ? '1 cycle of parents was' : `${ids.length} cycles of parents were`} cut at the earliest span: ${listed(ids)}.`,
    )
  },
  ownParent(ids: readonly SpanId[]): TraceWarning {
    return warning(
      'cycle',
      ids,
      `${ids.length === 1 ? '1 span names itself as its parent and is' : `${ids.length} spans name themselves as their parent and are`} treated as having none: ${listed(ids)}.`,
    )
  },
  duplicateId(ids: readonly SpanId[]): TraceWarning {
    const subject = ids.length === 1 ? '1 id was' : `${ids.length} ids were`
    return warning(
      'duplicate-id',
      ids,
      `${subject} used by several unrelated spans, so the parent of their children is a guess: ${listed(ids)}.`,
    )
  },
  missingTimestamp(ids: readonly SpanId[]): TraceWarning {
    return warning(
      'missing-timestamp',
      ids,
      `${spansHave(ids.length)} no timestamp, so the start of the parent is shown instead: ${listed(ids)}.`,
    )
  },
}
