// The index templates: what each field is indexed for. Written when the store first reaches the cluster; a newer
// version's are left as they are.
import { LONGEST_MATCHED } from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import type { Connection } from './connection.ts'
import { LONGEST_KEY_TOKEN, LONGEST_TERM } from './terms.ts'

/** Raised when a mapping or a setting below changes. */
const TEMPLATE_VERSION = 3

/** Above what wildcard templates of other tools usually have. */
const PRIORITY = 300

export interface IndexSettings {
  readonly prefix: string
  readonly shards: number
  /** Undefined: one replica as soon as a second node is there. */
  readonly replicas: number | undefined
}

/** Found by exact text; nothing is scored. */
const TERM = { type: 'keyword', norms: false, index_options: 'docs', ignore_above: LONGEST_TERM }
const TERM_ONLY = { ...TERM, doc_values: false }
/** Read and compared column by column; never the first thing a search goes by. */
const COLUMN = { index: false, doc_values: true }

interface FieldMapping {
  readonly type: string
  readonly [setting: string]: unknown
}

interface Mapping {
  readonly dynamic: boolean
  readonly _source?: { readonly enabled: boolean }
  readonly properties?: Readonly<Record<string, FieldMapping>>
}

const SPAN_MAPPING: Mapping = {
  dynamic: false,
  properties: {
    trace: TERM,
    low: TERM_ONLY,
    id: { type: 'binary', doc_values: true },
    parent: { type: 'binary', doc_values: true },
    root: { type: 'boolean', ...COLUMN },
    kind: TERM,
    name: TERM,
    ts: { type: 'long' },
    dur: { type: 'long', ...COLUMN },
    end: { type: 'long', ...COLUMN },
    service: TERM,
    remote: TERM,
    // Searched through the tags that it comes from.
    request: { ...TERM, index: false },
    error: { type: 'boolean' },
    shared: { type: 'boolean', ...COLUMN },
    tags: TERM,
    wide: { ...TERM_ONLY, ignore_above: LONGEST_KEY_TOKEN + LONGEST_MATCHED },
    notes: TERM_ONLY,
    stored: { type: 'long', ...COLUMN },
  },
}

const LOOKUP_MAPPING: Mapping = {
  dynamic: false,
  _source: { enabled: false },
  properties: {
    trace: TERM_ONLY,
    request: TERM_ONLY,
    day: { type: 'integer', ...COLUMN },
    kind: TERM_ONLY,
    service: TERM_ONLY,
    name: { ...TERM, index: false },
    stored: { type: 'long', ...COLUMN },
  },
}

/** One document, read by its id alone. */
const LEASE_MAPPING: Mapping = { dynamic: false }

export const MAPPINGS = { span: SPAN_MAPPING, lookup: LOOKUP_MAPPING, lease: LEASE_MAPPING }

export async function ensureTemplates(connection: Connection, settings: IndexSettings): Promise<void> {
  await ensureTemplate(connection, settings, 'span')
  await ensureTemplate(connection, settings, 'lookup')
  await ensureTemplate(connection, { ...settings, shards: 1 }, 'lease')
}

interface TemplatesAnswer {
  readonly index_templates?: readonly {
    readonly index_template: {
      readonly version?: number
      readonly template?: { readonly settings?: Readonly<Record<string, unknown>> }
    }
  }[]
}

async function ensureTemplate(
  connection: Connection,
  { prefix, shards, replicas }: IndexSettings,
  what: keyof typeof MAPPINGS,
): Promise<void> {
  const mappings = MAPPINGS[what]
  const path = `/_index_template/${prefix}-${what}`
  const found = await connection.ask<TemplatesAnswer>('GET', path, {
    query: { flat_settings: true },
    missing: {},
  })
  const { version = 0, template } = found.index_templates?.[0]?.index_template ?? {}
  if (version > TEMPLATE_VERSION) return
  const settings: Readonly<Record<string, string>> = {
    number_of_shards: String(shards),
    ...(replicas === undefined ? { auto_expand_replicas: '0-1' } : { number_of_replicas: String(replicas) }),
    codec: 'best_compression',
    // The newest first is how nearly every question asks; a segment in that order is left after its first hits.
    ...(what === 'span' && { 'sort.field': 'ts', 'sort.order': 'desc' }),
  }
  const isThere =
    version === TEMPLATE_VERSION &&
    Object.entries(settings).every(([name, value]) => template?.settings?.[`index.${name}`] === value)
  if (isThere) return
  await connection.ask('PUT', path, {
    body: {
      index_patterns: [what === 'lease' ? `${prefix}-lease` : `${prefix}-${what}-*`],
      version: TEMPLATE_VERSION,
      priority: PRIORITY,
      template: { mappings, settings },
    },
  })
  await requireInEffect(connection, prefix, what)
}

interface Simulated {
  readonly template?: {
    readonly mappings?: { readonly properties?: Readonly<Record<string, { readonly type?: string }>> }
  }
}

/** A template of higher priority would map our indices in its own way, and every search would fail. */
async function requireInEffect(
  connection: Connection,
  prefix: string,
  what: keyof typeof MAPPINGS,
): Promise<void> {
  const index = what === 'lease' ? `${prefix}-lease` : `${prefix}-${what}-2000-01-01`
  const { template } = await connection.ask<Simulated>('POST', `/_index_template/_simulate_index/${index}`)
  for (const [field, { type }] of Object.entries(MAPPINGS[what].properties ?? {}))
    if (template?.mappings?.properties?.[field]?.type !== type)
      throw new HopscopeError(
        'store-unavailable',
        `Another index template with a priority above ${PRIORITY} maps ${prefix}-${what}-*, and its field ${field} is not ours. Exclude these indices from it.`,
      )
}
