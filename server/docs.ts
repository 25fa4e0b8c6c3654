// The reference of the REST API: the contract itself, and a page that a library makes of it. Nothing comes from elsewhere.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import express, { type Router } from 'express'
import { onlyGet } from '@hopscope/query'

const CONTRACT = fileURLToPath(import.meta.resolve('@hopscope/proto/openapi.yaml'))
/** The build copies it there, so that its package is not needed where the server runs. */
const LIBRARY = fileURLToPath(import.meta.resolve('hopscope/dist/docs/openapi-explorer.js'))
const YEAR_SECONDS = 365 * 24 * 3600

/** The names are the library's; the colours are the viewer's (ui/views/tokens.css). They go before the library's own. */
const STYLE = `
  :root { color-scheme: light dark }
  body { margin: 0; height: 100vh; height: 100dvh; background: light-dark(#fff, #191b1e) }
  openapi-explorer {
    --font-regular: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif;
    --font-mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'Liberation Mono', monospace;
    --font-size-regular: 15px; --font-size-small: 13px; --font-size-mono: 13px; --border-radius: 5px;
    --bg: light-dark(#fff, #191b1e); --bg2: light-dark(#f6f6f3, #212428); --bg3: light-dark(#efefeb, #2b2e33);
    --light-bg: light-dark(#8c8c85, #6d727b); --input-bg: var(--bg); --hover-color: var(--bg3);
    --fg: light-dark(#191b1e, #e9e9e5); --fg2: var(--fg); --fg3: light-dark(#54575c, #a9adb4);
    --light-fg: light-dark(#6b6e73, #8d929a); --placeholder-color: var(--light-fg);
    --border-color: light-dark(#c6c6bf, #42464d); --light-border-color: light-dark(#e0e0da, #2b2e33);
    --primary-color: light-dark(#1d55c4, #7fb0ff); --secondary-color: var(--primary-color);
    --primary-btn-text-color: light-dark(#fff, #10141b);
    --nav-bg-color: light-dark(#f6f6f3, #121416); --nav-text-color: var(--fg3);
    --nav-hover-bg-color: light-dark(#e5edfb, #1d2b45); --nav-hover-text-color: var(--fg);
    --nav-hover-scrollbar-color: var(--border-color);
    --code-fg: var(--fg3); --inline-code-fg: var(--fg);
    --code-property-color: var(--red); --code-keyword-color: var(--blue); --code-operator-color: var(--orange);
    --light-blue: var(--nav-hover-bg-color); --light-green: light-dark(#e6f4ee, #16302a);
    /* The library reads these four by itself, and knows no light-dark(). */
    --blue: #1d55c4; --green: #08704f; --red: #bf1d2c; --orange: #855400;
  }
  @media (prefers-color-scheme: dark) {
    openapi-explorer { --blue: #7fb0ff; --green: #60d59f; --red: #ff7d80; --orange: #e8b24c }
  }
  .back { display: block; padding: 14px; color: var(--primary-color); text-decoration: none }
  @media (min-width: 768px) { .back[slot='overview-header'] { display: none } }
`

const page = (script: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hopscope: API reference</title>
<style>${STYLE}</style>
<script type="module" src="${script}"></script>
<openapi-explorer spec-url="/rest/v1/openapi.yaml" hide-authentication hide-server-selection use-path-in-nav-bar>
  <a slot="nav-header" class="back" href="/">← Traces</a>
  <a slot="overview-header" class="back" href="/">← Traces</a>
</openapi-explorer>
</html>
`

/** For this page only: the library writes its styles into the page. What its reader tries out is asked of this server. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'unsafe-inline'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** @param library where the build puts it; the tests may say another place */
export function docs(library = LIBRARY): Router {
  const router = express.Router()
  router.get('/rest/v1/openapi.yaml', (_, response) => {
    response.sendFile(CONTRACT, {
      dotfiles: 'allow',
      headers: { 'Content-Type': 'application/yaml', 'Cache-Control': 'no-cache' },
    })
  })
  if (existsSync(library)) {
    const script = `/docs/openapi-explorer-${versionOf(library)}.js`
    router.get('/docs', (_, response) => {
      response.setHeader('Content-Security-Policy', POLICY).setHeader('Cache-Control', 'no-cache')
      response.type('html').send(page(script))
    })
    router.get(script, (_, response) => {
      response.sendFile(library, { dotfiles: 'allow', maxAge: YEAR_SECONDS * 1000, immutable: true })
    })
  } else {
    router.get('/docs', () => {
      throw new Error(`the reference page is not built: ${library} is missing; run "npm run build"`)
    })
  }
  return onlyGet(router)
}

/** What the library says of itself in its first line. In the path it keeps one version from being taken for another. */
function versionOf(library: string): string {
  const [, version] = /^\/\*! OpenAPI Explorer ([\w.-]+)/.exec(readFileSync(library, 'utf8')) ?? []
  if (version === undefined) throw new Error(`${library} does not begin with its version`)
  return version
}
