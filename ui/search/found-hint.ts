// Why a trace is in the list: what a TraceQL query found in it, in one line.
import { formatDuration } from '../design/format.ts'
import { oneLine } from '../design/text.ts'
import { texts } from '../language/texts.svelte.ts'
import type { FoundSet, FoundTrace, NamedValue } from './results.svelte.ts'

/** `2 spans match: bank post /charge 812 ms …`; undefined where no query chose spans, or it chose them all. */
export function foundHint({ matched, spanSets, spanCount }: FoundTrace): string | undefined {
  const [set] = spanSets ?? []
  if (matched === undefined || set === undefined) return undefined
  // The number of spans is said anyway.
  const computed = [...set.by, ...set.aggregates.filter(({ name }) => name !== 'count()')].map(said)
  if (matched >= spanCount && computed.length === 0) return undefined
  const shown = spansOf(set)
  return `${texts.search.matched(matched)}${computed.length > 0 ? ` (${computed.join(', ')})` : ''}: ${shown.join(', ')}${matched > shown.length ? ', …' : ''}`
}

function spansOf({ spans }: FoundSet): string[] {
  return spans.map(({ service, name, duration, attributes }) =>
    [
      service === undefined ? '' : oneLine(service, 40),
      oneLine(name ?? texts.search.unnamed, 60),
      duration === undefined ? '' : formatDuration(duration),
      ...attributes.map(said),
    ]
      .filter((part) => part !== '')
      .join(' '),
  )
}

/** Durations come in microseconds. */
function said({ name, value }: NamedValue): string {
  const isTime = typeof value === 'number' && /duration/i.test(name)
  return `${oneLine(name, 40)} ${isTime ? formatDuration(value) : oneLine(String(value ?? 'nil'), 60)}`
}
