// The search page as tests open it, with a server that knows three services.
import { flushSync } from 'svelte'
import { loadServices } from '../api/names.svelte.ts'
import { mounted, serve, until } from '../testing/mounted.ts'
import SearchPage from './SearchPage.svelte'

export const trace = (traceId: string, errorCount = 0) => ({
  traceId,
  start: 1_763_676_434_482_000,
  duration: 412_000,
  rootService: 'web',
  rootOperation: 'get /cart',
  spanCount: 9,
  errorCount,
  services: [{ name: 'web', spanCount: 9, errorCount }],
  requestIds: ['req/1'],
})
export const list = (traces: unknown[], more: Record<string, unknown> = {}) => ({
  body: { traces, next: null, complete: true, ...more },
})

let page: ReturnType<typeof mounted> | undefined

export async function close(): Promise<void> {
  await page?.remove()
  page = undefined
}

export async function open(answers: Parameters<typeof serve>[0]) {
  const asked = serve(answers)
  await loadServices()
  const opened = mounted(SearchPage, {})
  page = opened
  await until(() => asked.some((path) => path.startsWith('/rest/v1/traces?')), 'the list was asked for')
  const box = opened.all('search-box')[0]
  if (!(box instanceof HTMLInputElement)) throw new Error('no search box')
  const type = (text: string) => {
    box.value = text
    box.dispatchEvent(new Event('input', { bubbles: true }))
    flushSync()
  }
  const button = (name: string) =>
    [...opened.target.querySelectorAll('button')].find((each) => each.textContent.trim() === name)
  return { ...opened, target: opened.target, asked, box, type, button, text: () => opened.target.textContent }
}

export const services = { body: { services: ['bank', 'web', 'web-admin'], complete: true } }
