// The address bar as state: pages read `location`, links and `navigate` change it, back and forward just work.
import { parseRoute } from './routes.ts'

const here = $state({ pathname: window.location.pathname, search: window.location.search })

/** Whether the present page was come to by back or forward. */
let cameBack = false

// Browsers refuse more than a few history writes a second; held arrow keys make more. The state changes at
// once, the address bar too unless it just did: then it follows.
const BETWEEN_WRITES_MS = 250
let pending: ReturnType<typeof setTimeout> | undefined
/** Of `performance.now()`. */
let written = -Infinity

function write(): void {
  written = performance.now()
  history.replaceState(history.state, '', here.pathname + here.search)
}

function flush(): void {
  if (pending === undefined) return
  clearTimeout(pending)
  pending = undefined
  write()
}

function go(href: string): void {
  const url = new URL(href, window.location.origin)
  here.pathname = url.pathname
  here.search = url.search
}

export const router = {
  get route() {
    return parseRoute(here.pathname)
  },
  get pathname() {
    return here.pathname
  },
  get cameBack() {
    return cameBack
  },
  /** Without the question mark. */
  get search() {
    return here.search.replace(/^\?/, '')
  },
  get params() {
    return new URLSearchParams(here.search)
  },
  /** A step that "back" undoes. */
  push(href: string) {
    flush()
    history.pushState(null, '', href)
    cameBack = false
    go(href)
  },
  /** A change of the present step. */
  replace(href: string) {
    go(href)
    if (pending !== undefined) return
    const wait = written + BETWEEN_WRITES_MS - performance.now()
    if (wait > 0) pending = setTimeout(flush, wait)
    else write()
  },
  /** The page turned out to be another one. */
  redirect(href: string) {
    flush()
    history.replaceState(null, '', href)
    go(href)
  },
}

/** Follows in-app links without loading the page anew; to be put on the window. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!link || link.target || link.hasAttribute('download') || link.origin !== window.location.origin) return
  if (parseRoute(link.pathname).page === 'unknown') return
  event.preventDefault()
  const href = link.pathname + link.search
  if (href !== here.pathname + here.search) router.push(href)
}

// What is come back to is the address. (A reload is of the address before: Chromium takes it from there.)
window.addEventListener('pagehide', flush)

window.addEventListener('popstate', () => {
  clearTimeout(pending)
  pending = undefined
  cameBack = true
  here.pathname = window.location.pathname
  here.search = window.location.search
})
