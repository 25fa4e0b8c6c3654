// Which colour a service has: the same name always has the same one, on every page and machine.

/**
 * Ten hues (`--svc-0` … `--svc-9` in tokens.css), chosen so that every two stay apart for normal, protan,
 * deutan and tritan sight, at 3:1 or more against the page; ten is about as many as that allows.
 */
export const PALETTE_SIZE = 10

export interface ServiceMark {
  readonly slot: number
  /** 0 plain; 1 and 2 striped, for services in one view whose names fall on the same colour. */
  readonly pattern: 0 | 1 | 2
}

// FNV-1a with a start value under which common service names (web, checkout, payment, …) fall on different slots.
const SEED = 12_624

export function colorSlot(name: string): number {
  let hash = SEED
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 15
  return (hash >>> 0) % PALETTE_SIZE
}

/** Marks for the services of one view: the colour by name alone, the pattern by who shares that colour. */
export function serviceMarks(names: Iterable<string>): ReadonlyMap<string, ServiceMark> {
  const taken = new Map<number, number>()
  const marks = new Map<string, ServiceMark>()
  for (const name of [...new Set(names)].sort()) {
    const slot = colorSlot(name)
    const before = taken.get(slot) ?? 0
    taken.set(slot, before + 1)
    marks.set(name, { slot, pattern: before === 0 ? 0 : before === 1 ? 1 : 2 })
  }
  return marks
}

/** The CSS colour of a mark; neutral for a span that names no service. */
export function colorOf(mark: ServiceMark | undefined): string {
  return mark ? `var(--svc-${mark.slot})` : 'var(--svc-none)'
}
