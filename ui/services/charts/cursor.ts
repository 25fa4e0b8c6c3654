// The mark that goes along all plots of a page, and the stretch chosen with it; by keys and by pointer alike.

export interface Mark {
  /** The slice it is at. */
  readonly at: number
  /** Where a chosen stretch began, its own end included; undefined for none. */
  readonly from: number | undefined
}

/** What a key does: a new mark, the stretch to look at alone, or nothing (undefined: the key is another's). */
export type Move = { readonly mark: Mark | undefined } | { readonly zoom: readonly [number, number] }

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }

/** @param count how many slices there are */
export function moveBy(
  { key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>,
  mark: Mark | undefined,
  count: number,
): Move | undefined {
  if (key === 'Escape')
    return mark && { mark: mark.from === undefined ? undefined : { ...mark, from: undefined } }
  if (key === 'Enter') {
    if (mark?.from === undefined) return undefined
    return { zoom: [Math.min(mark.from, mark.at), Math.max(mark.from, mark.at)] }
  }
  const last = count - 1
  const step = Object.hasOwn(STEPS, key) ? STEPS[key] : undefined
  // The first press shows where one is: at the newest.
  const before = mark?.at ?? (step === undefined || step > 0 ? last : last + 1)
  const wanted = key === 'Home' ? 0 : key === 'End' ? last : step === undefined ? undefined : before + step
  if (wanted === undefined) return undefined
  const at = Math.min(last, Math.max(0, wanted))
  return { mark: { at, from: shiftKey ? (mark?.from ?? Math.min(last, before)) : undefined } }
}
