// The pages by name, each a file of its own that is loaded when it is first gone to.
import type { Component } from 'svelte'
import type { Route } from '../routing/routes.ts'

/** A page gets what its address names. */
export type Page = Component<Record<string, unknown>>
type PageName = Exclude<Route['page'], 'unknown' | 'gallery'>

// Svelte's components are typed by their own props; App gives each the fields of its own route.
const load = async (file: Promise<{ default: unknown }>) => (await file).default as Page

const PAGES: Readonly<Record<PageName, () => Promise<Page>>> = {
  search: () => load(import('../search/SearchPage.svelte')),
  request: () => load(import('../request/RequestPage.svelte')),
  trace: () => load(import('../trace/TracePage.svelte')),
  file: () => load(import('../trace/FilePage.svelte')),
  services: () => load(import('../services/ServicesPage.svelte')),
  service: () => load(import('../services/ServicePage.svelte')),
  graph: () => load(import('../graph/GraphPage.svelte')),
  compare: () => load(import('../compare/ComparePage.svelte')),
}

const loaded = new Map<string, Page>()

export const pageAtHand = (name: string) => loaded.get(name)

/** undefined for a page that there isn't. */
export async function pageOf(name: Route['page']): Promise<Page | undefined> {
  if (name === 'unknown') return undefined
  const known = loaded.get(name)
  if (known) return known
  const page = await (name === 'gallery' ? gallery() : PAGES[name]())
  if (page) loaded.set(name, page)
  return page
}

/** In development only: a build leaves it out. */
async function gallery(): Promise<Page | undefined> {
  return import.meta.env.DEV ? load(import('../design/Gallery.svelte')) : undefined
}

/** After the first page has what it needs itself; milliseconds. */
const PREPARE_AFTER = 1500

/** So that the first click on a trace waits for its spans alone. */
export function prepareTracePage(): void {
  const prepare = () => {
    pageOf('trace').catch((error: unknown) => console.debug('The trace page comes later', error))
  }
  setTimeout(() => (globalThis.requestIdleCallback ?? setTimeout)(prepare), PREPARE_AFTER)
}
