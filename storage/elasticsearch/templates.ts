// The index templates: what each field is indexed for. Written when the store first reaches the cluster; a newer
// version's are left as they are.
import type { Connection } from './connection.ts'
import { LONGEST_TERM } from './terms.ts'

/** Raised when a mapping or a setting below changes. */
const TEMPLATE_VERSION = 1

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

const SPAN_MAPPING = {
  dynamic: false,
  properties: {
    trace: TERM,
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
    notes: TERM_ONLY,
    stored: { type: 'long', ...COLUMN },
  },
}

const LOOKUP_MAPPING = {
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
const LEASE_MAPPING = { dynamic: false }

export async function ensureTemplates(connection: Connection, settings: IndexSettings): Promise<void> {
  await ensureTemplate(connection, settings, 'span', SPAN_MAPPING)
  await ensureTemplate(connection, settings, 'lookup', LOOKUP_MAPPING)
  await ensureTemplate(connection, { ...settings, shards: 1 }, 'lease', LEASE_MAPPING)
}

interface TemplatesAnswer {
  readonly index_templates?: readonly { readonly index_template: { readonly version?: number } }[]
}

async function ensureTemplate(
  connection: Connection,
  { prefix, shards, replicas }: IndexSettings,
  what: 'span' | 'lookup' | 'lease',
  mappings: object,
): Promise<void> {
  const path = `/_index_template/${prefix}-${what}`
  const found = await connection.ask<TemplatesAnswer>('GET', path, { missing: {} })
  if ((found.index_templates?.[0]?.index_template.version ?? 0) > TEMPLATE_VERSION) return
  await connection.ask('PUT', path, {
    body: {
      index_patterns: [what === 'lease' ? `${prefix}-lease` : `${prefix}-${what}-*`],
      version: TEMPLATE_VERSION,
      priority: PRIORITY,
      template: {
        mappings,
        settings: {
          number_of_shards: shards,
          ...(replicas === undefined ? { auto_expand_replicas: '0-1' } : { number_of_replicas: replicas }),
          codec: 'best_compression',
        },
      },
    },
  })
}
