// Suggestions in the search box: keywords at once, names and values as the server has them.
import type { Completion, CompletionContext as At, CompletionResult } from '@codemirror/autocomplete'
import type { Api } from '../../api/api.ts'
import { suggestions } from '../../design/suggestions.ts'
import { oneLine } from '../../design/text.ts'
import { attributeText, quoted } from '../../routing/traceql-text.ts'
import {
  contextAt,
  FIELDS,
  OPERATORS,
  SCOPES,
  STAGES,
  valuesOf,
  type CompletionContext,
  type ValueSource,
} from './context.ts'

export interface CompleteOptions {
  readonly api: Pick<Api, 'get' | 'operations'>
  readonly services: () => readonly string[]
  /** The service that the page's filters name. */
  readonly service: () => string
  /** The whole text was completed to the name of a service. */
  readonly onservice: (name: string) => void
  /** What an option is, in the reader's language. */
  readonly said: (kind: 'service' | 'operation' | 'field' | 'tag' | 'value') => string
}

const MOST = 50
/** Behind the first letters that were typed the server is asked. */
const ASK_AFTER_MS = 80

export function completionSource(options: CompleteOptions) {
  return async (at: At): Promise<CompletionResult | null> => {
    const text = at.state.doc.toString()
    const context = contextAt(text.slice(0, at.pos), text.slice(at.pos))
    const { wanted, from, prefix } = context
    const fixed = (known: readonly string[]) =>
      known.filter((word) => word.startsWith(prefix)).map((label) => ({ label }))
    const result = (found: Completion[]): CompletionResult | null =>
      found.length > 0 && !at.aborted ? { from, to: at.pos, options: found, filter: false } : null
    switch (wanted.kind) {
      case 'operator':
        return result(fixed(OPERATORS).map((option) => ({ ...option, apply: `${option.label} ` })))
      case 'joint':
        if (!at.explicit) return null
        return result(fixed(['&&', '||', '}']).map((option) => ({ ...option, apply: `${option.label} ` })))
      case 'relation':
        return at.explicit
          ? result(
              fixed(['&&', '||', '>>', '>', '|']).map((option) => ({ ...option, apply: `${option.label} ` })),
            )
          : null
      case 'stage':
        return result(fixed(STAGES))
      case 'word':
        return result(words(context, text, options))
      case 'field':
        return result(await fields(context, wanted.scope, at, options))
      case 'value':
        return result(await values(context, wanted, at, options))
    }
  }
}

/** Services, of which the only word of a search leads to the service's traces. */
function words(
  { prefix, from }: CompletionContext,
  text: string,
  { services, onservice, said }: CompleteOptions,
): Completion[] {
  if (prefix === '') return []
  const alone = text.trim() === prefix && from === text.length - text.trimStart().length
  return suggestions(services(), prefix).map((name) => ({
    label: name,
    displayLabel: oneLine(name, 80),
    detail: ` ${said('service')}`,
    apply: alone ? () => onservice(name) : /\s/.test(name) ? quoted(name) : name,
  }))
}

async function fields(
  { prefix, service }: CompletionContext,
  scope: string,
  at: At,
  options: CompleteOptions,
): Promise<Completion[]> {
  const begins = (word: string) => word.toLowerCase().startsWith(prefix.toLowerCase())
  const known: Completion[] =
    scope === ''
      ? [
          ...FIELDS.filter(begins).map((label) => ({
            label,
            apply: `${label} `,
            detail: ` ${options.said('field')}`,
          })),
          ...SCOPES.filter(begins).map((label) => ({ label })),
        ]
      : []
  // Without a letter of it the list of all attributes would hide the fields.
  const found =
    scope === '' && prefix === ''
      ? []
      : await tagKeys(prefix.replace(/^"/, ''), service ?? options.service(), at, options)
  const tags = found.map((key) => {
    const written = `${scope === '' ? '.' : scope}${attributeText(key)}`
    return {
      label: written,
      displayLabel: oneLine(written, 80),
      apply: `${written} `,
      detail: ` ${options.said('tag')}`,
    }
  })
  return [...known, ...tags]
}

type WantedValue = Extract<CompletionContext['wanted'], { kind: 'value' }>

async function values(
  { prefix, service }: CompletionContext,
  wanted: WantedValue,
  at: At,
  options: CompleteOptions,
): Promise<Completion[]> {
  const source = valuesOf(wanted.field)
  if (source?.from === 'fixed') {
    return source.values
      .filter((each) => each.startsWith(prefix))
      .map((label) => ({ label, apply: `${label} ` }))
  }
  const names = await foreignValues(source, prefix, service ?? options.service(), at, options)
  const said = options.said(
    source?.from === 'services' ? 'service' : source?.from === 'operations' ? 'operation' : 'value',
  )
  const bare = /^[<>]/.test(wanted.operator)
  return names
    .filter((name) => !bare || /^\d+(?:\.\d+)?$/.test(name))
    .map((name) => ({
      label: name,
      displayLabel: oneLine(name, 80),
      detail: ` ${said}`,
      // A quote that was closed already, by typing or by the box, is not closed twice.
      apply: (view, _, from, to) => {
        const closed = wanted.open && /^["`]/.test(view.state.sliceDoc(to, to + 1)) ? 1 : 0
        const insert = bare ? `${name} ` : `${quoted(name)} `
        view.dispatch({
          changes: { from, to: to + closed, insert },
          selection: { anchor: from + insert.length },
          userEvent: 'input.complete',
        })
      },
    }))
}

async function foreignValues(
  source: ValueSource,
  prefix: string,
  service: string,
  at: At,
  options: CompleteOptions,
): Promise<readonly string[]> {
  if (source?.from === 'services') return suggestions(options.services(), prefix, MOST)
  if (source?.from === 'operations') {
    if (service === '') return []
    const all = await asked(at, (signal) => options.api.operations(service, signal))
    return suggestions(all?.names ?? [], prefix, MOST)
  }
  if (source?.from !== 'tag') return []
  const query = params(prefix, service)
  const found = await asked(at, (signal) =>
    options.api.get<{ values: string[] }>(`tags/${encodeURIComponent(source.key)}/values?${query}`, signal),
  )
  return found?.values ?? []
}

async function tagKeys(
  prefix: string,
  service: string,
  at: At,
  { api }: CompleteOptions,
): Promise<readonly string[]> {
  const found = await asked(at, (signal) =>
    api.get<{ tags: string[] }>(`tags?${params(prefix, service)}`, signal),
  )
  return found?.tags ?? []
}

function params(prefix: string, service: string): string {
  const query = new URLSearchParams({ limit: String(MOST) })
  if (prefix !== '') query.set('prefix', prefix)
  if (service !== '') query.set('service', service)
  return query.toString()
}

/** The server's answer; undefined if typing went on meanwhile, or there was none: then there are no suggestions, and the search itself will say why. */
async function asked<T>(at: At, ask: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const controller = new AbortController()
  at.addEventListener('abort', () => controller.abort(), { onDocChange: true })
  if (!at.explicit) await new Promise((done) => setTimeout(done, ASK_AFTER_MS))
  if (at.aborted) return undefined
  try {
    return await ask(controller.signal)
  } catch (error) {
    if (!at.aborted) console.debug('No suggestions', error)
    return undefined
  }
}
