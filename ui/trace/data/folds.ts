// Which rows are folded, as the URL says it in `collapsed=`: `all`, `d3` for every row three levels down, `s:name` for
// every row of a service; `o:key` for all that is above a row being open all the same; and keys of rows, which turn what
// those say of them. Joined by dots.
import type { TraceTable } from '@hopscope/model'
import { keyOf, rowOf } from './keys.ts'

/** An address has to fit into a chat message: of rows folded by hand, the latest are kept. */
const MOST_KEYS = 100
/** Rows that were gone to and had to be uncovered: the latest stay so. */
const MOST_OPENED = 20

/** One byte a row; 1 where its children are hidden. */
export type Folds = Uint8Array

/** What is folded by rule, the keys of rows that nothing hides, and those of rows turned by hand. */
export interface FoldsText {
  readonly rules: readonly string[]
  readonly opened: readonly string[]
  readonly keys: readonly string[]
}

const NOTHING: FoldsText = { rules: [], opened: [], keys: [] }

const isRule = (token: string) => token === 'all' || /^d\d{1,6}$/.test(token) || token.startsWith('s:')
const tokenOf = (service: string) => `s:${encodeURIComponent(service).replaceAll('.', '%2E')}`

export function parseFolds(text: string): FoldsText {
  const tokens = text.split('.').filter((token) => token !== '')
  const isOpened = (token: string) => token.startsWith('o:')
  return {
    rules: tokens.filter(isRule),
    opened: tokens
      .filter(isOpened)
      .slice(-MOST_OPENED)
      .map((token) => token.slice(2)),
    keys: tokens.filter((token) => !isRule(token) && !isOpened(token)).slice(-MOST_KEYS),
  }
}

/** undefined when nothing is folded. */
export function printFolds({ rules, opened, keys }: FoldsText): string | undefined {
  if (rules.length === 0 && keys.length === 0) return undefined
  const open = opened.slice(-MOST_OPENED).map((key) => `o:${key}`)
  return [...rules, ...open, ...keys.slice(-MOST_KEYS)].join('.')
}

export const foldedAll: FoldsText = { ...NOTHING, rules: ['all'] }
export const foldedBelow = (depth: number): FoldsText => ({ ...NOTHING, rules: [`d${depth}`] })

/** A service's rows folded, or open again. */
export function turnedService({ rules, ...rest }: FoldsText, service: string): FoldsText {
  const token = tokenOf(service)
  const others = rules.filter((rule) => rule !== token)
  return { ...rest, rules: others.length < rules.length ? others : [...rules, token] }
}

export function turnedRow({ keys, ...rest }: FoldsText, table: TraceTable, row: number): FoldsText {
  const key = keyOf(table, row)
  const others = keys.filter((each) => each !== key)
  return { ...rest, keys: others.length < keys.length ? others : [...keys, key] }
}

/** With nothing above the row folded, however deep it lies. */
export function uncovered({ rules, opened, keys }: FoldsText, table: TraceTable, row: number): FoldsText {
  const { descendants } = table.columns.rows
  const isAbove = (other: number) =>
    other >= 0 && other < row && row <= other + (descendants[other] as number)
  const key = keyOf(table, row)
  return {
    rules,
    opened: [...opened.filter((each) => each !== key), key],
    keys: keys.filter((each) => !isAbove(rowOf(table, each))),
  }
}

export function foldsOf(table: TraceTable, { rules, opened, keys }: FoldsText): Folds {
  const folds = new Uint8Array(table.size)
  for (const rule of rules) foldByRule(folds, table, rule)
  const { parent } = table.columns.rows
  for (const key of opened) {
    const row = rowOf(table, key)
    for (let at = row < 0 ? -1 : (parent[row] as number); at >= 0; at = parent[at] as number) folds[at] = 0
  }
  for (const key of keys) {
    const row = rowOf(table, key)
    if (row >= 0 && table.childCount[row] !== 0) folds[row] = folds[row] === 1 ? 0 : 1
  }
  return folds
}

function foldByRule(folds: Folds, table: TraceTable, rule: string): void {
  const { depth, childCount } = table
  const { parent, service } = table.columns.rows
  const level = rule.startsWith('d') ? Number(rule.slice(1)) : -1
  const name = rule.startsWith('s:')
    ? table.columns.services.findIndex((each) => tokenOf(each.name) === rule)
    : -1
  // Of a service that isn't in this trace.
  if (rule.startsWith('s:') && name < 0) return
  for (let row = 0; row < folds.length; row++) {
    if (childCount[row] === 0) continue
    // The root stays open: a single row says nothing.
    if (rule === 'all' ? parent[row] !== -1 : level >= 0 ? depth[row] === level : service[row] === name)
      folds[row] = 1
  }
}
