// Names for type-ahead and Zipkin's name routes, from the terms of the fields.
import { compareText } from '@hopscope/model'
import { LONGEST_NAME, type NameKind, type NameScope } from '../contract.ts'
import type { Connection } from './connection.ts'
import type { Days } from './days.ts'
import { allOf, type Query } from './filter-query.ts'
import { search } from './scan.ts'
import { isMark, keyToken, tagOfToken, termOf } from './terms.ts'

const FIELDS = {
  service: 'service',
  operation: 'name',
  remoteService: 'remote',
  tagKey: 'keys',
  tagValue: 'tags',
} as const

const PAGE = 5000

interface NamesAnswer {
  readonly names: {
    readonly buckets: readonly { readonly key: { readonly name: string } }[]
    readonly after_key?: object
  }
}

export async function readNames(
  kind: NameKind,
  { service, tagKey = '' }: NameScope,
  connection: Connection,
  days: Days,
): Promise<string[]> {
  if (tagKey.length > LONGEST_NAME) return []
  const token = kind === 'tagValue' ? keyToken(tagKey) : ''
  const filters: Query[] = []
  if (service !== undefined) filters.push({ term: { service: termOf(service) } })
  if (kind === 'tagValue') filters.push({ term: { keys: termOf(tagKey) } })
  const names: string[] = []
  // Of tags, those of other keys are passed over: the terms are in order, and a tag's begin alike.
  let after: object | undefined = token === '' ? undefined : { name: token.slice(0, -1) }
  do {
    const { aggregations } = await search<never, NamesAnswer>(connection, days.allSpans, {
      size: 0,
      query: allOf(filters),
      aggs: {
        names: {
          composite: {
            size: PAGE,
            sources: [{ name: { terms: { field: FIELDS[kind] } } }],
            ...(after && { after }),
          },
        },
      },
    })
    after = aggregations?.names.after_key
    for (const { key } of aggregations?.names.buckets ?? []) {
      if (token !== '' && !key.name.startsWith(token)) {
        if (compareText(key.name, token) > 0) after = undefined
        continue
      }
      if (isMark(key.name)) continue
      names.push(kind === 'tagValue' ? tagOfToken(key.name)[1] : key.name)
    }
  } while (after !== undefined)
  return names.filter((name) => name !== '' && name.length <= LONGEST_NAME).sort(compareText)
}
