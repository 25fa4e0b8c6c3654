// Names for type-ahead and Zipkin's name routes. Each new name of a service is written once, beside the look-ups, so
// that a list of names costs as many documents as it has names, however many spans there are.
import { compareText, remoteServiceOf, serviceOf, type Span } from '@hopscope/model'
import { LONGEST_NAME, type NameKind, type NameScope } from '../contract.ts'
import { textId } from './base64.ts'
import type { Cluster } from './connection.ts'
import type { Day, Days } from './days.ts'
import { allOf, type Query } from './bool-query.ts'
import { distinctTerms } from './scan.ts'
import { keyToken, termOf, textBefore } from './terms.ts'

/** Values of tags aren't among them: there are too many, and the spans' own terms have them. */
type WrittenKind = Exclude<NameKind, 'tagValue'>

/** That a service has this name of its kind, in the month of `day`. */
export interface Name {
  readonly day: Day
  readonly service: string | undefined
  readonly kind: WrittenKind
  readonly name: string
}

/** Names remembered as written. Forgetting them costs no more than writing them again. */
const REMEMBERED = 50_000
/** Nor how long: indices get deleted by hand, and then names must come back. */
const REMEMBERED_SECONDS = 600

type NamesOfService = Readonly<Record<WrittenKind, Set<string>>>

/** The names that this process knows to be stored. */
export class KnownNames {
  /** By the index they are in, then by service. */
  readonly #known = new Map<string, Map<string | undefined, NamesOfService>>()
  readonly #days: Days
  #count = 0
  /** Seconds. */
  #since = 0

  constructor(days: Days) {
    this.#days = days
  }

  /** What these spans name and isn't known to be stored; each once. */
  missingOf(spans: readonly Span[], days: readonly Day[]): Name[] {
    const missing = new Map<string, Name>()
    const { today, now } = this.#days
    if (now - this.#since > REMEMBERED_SECONDS) this.#forget()
    for (let i = 0; i < spans.length; i++) {
      const span = spans[i] as Span
      // What has no day is forgotten span by span; its names are with those of now.
      const day = days[i] || today
      const service = serviceOf(span)
      const known = this.#known.get(this.#days.lookupIndex(day))?.get(service)
      const need = (kind: WrittenKind, name: string | undefined) => {
        if (name === undefined || known?.[kind].has(name) || name === '' || name.length > LONGEST_NAME) return
        const each = { day, service, kind, name }
        missing.set(nameId(each, this.#days), each)
      }
      need('service', service)
      need('operation', span.name)
      need('remoteService', remoteServiceOf(span))
      for (const key in span.tags) if (Object.hasOwn(span.tags, key)) need('tagKey', key)
    }
    return [...missing.values()]
  }

  remember(names: readonly Name[]): void {
    for (const { day, service, kind, name } of names) {
      // Many are remembered: none may be long.
      if ((service?.length ?? 0) > LONGEST_NAME) continue
      if (this.#count++ >= REMEMBERED) this.#forget()
      const index = this.#days.lookupIndex(day)
      let services = this.#known.get(index)
      if (services === undefined) this.#known.set(index, (services = new Map()))
      let known = services.get(service)
      if (known === undefined)
        services.set(
          service,
          (known = { service: new Set(), operation: new Set(), remoteService: new Set(), tagKey: new Set() }),
        )
      known[kind].add(name)
    }
  }

  #forget(): void {
    this.#known.clear()
    this.#count = 0
    this.#since = this.#days.now
  }
}

/** Says what the document says: a name written twice is one. */
export function nameId({ day, service, kind, name }: Name, days: Days): string {
  const words = JSON.stringify([days.lookupIndex(day), service ?? null, kind, name])
  return textId(words, 20)
}

export function nameDocument({ service, kind, name }: Name): object {
  return { service: service === undefined ? undefined : termOf(service), kind, name }
}

const PAGE = 5000
const SMALLEST_PAGE = 100

export async function readNames(
  kind: NameKind,
  { service, tagKey = '', prefix = '', limit = Infinity }: NameScope,
  cluster: Cluster,
  days: Days,
): Promise<string[]> {
  if (limit <= 0 || tagKey.length > LONGEST_NAME || prefix.length > LONGEST_NAME) return []
  const filters: Query[] = service === undefined ? [] : [{ term: { service: termOf(service) } }]
  const terms =
    kind === 'tagValue' ? { field: 'tags', begin: keyToken(tagKey) } : { field: 'name', begin: '' }
  const beginning = terms.begin + prefix
  const pages = distinctTerms(cluster, kind === 'tagValue' ? days.allSpans : days.allLookups, {
    field: terms.field,
    query: allOf([kind === 'tagValue' ? { prefix: { tags: beginning } } : { term: { kind } }, ...filters]),
    page: Math.max(SMALLEST_PAGE, Math.min(PAGE, limit)),
    after: textBefore(beginning),
  })
  const names: string[] = []
  for await (const page of pages)
    for (const term of page) {
      // Terms are in order: the first one beyond the beginning ends it.
      if (!term.startsWith(beginning)) {
        if (compareText(term, beginning) > 0) return names
        continue
      }
      const name = term.slice(terms.begin.length)
      if (name === '' || name.length > LONGEST_NAME || names.push(name) < limit) continue
      return names
    }
  return names
}
