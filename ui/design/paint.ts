// The design's colours for a canvas, which knows no tokens: each as the browser resolves it under the present theme.

const probe = document.createElement('i')
const known = new Map<string, string>()
let paintedFor = ''

/**
 * The colour of a token such as `--svc-3`, as `rgb(…)`.
 * @param painted `theme.painted`: another one than before means that the colours have changed
 */
export function paintOf(token: string, painted: string): string {
  if (painted !== paintedFor) {
    known.clear()
    paintedFor = painted
  }
  let colour = known.get(token)
  if (colour === undefined) {
    probe.style.color = `var(${token})`
    // Where the system forces its colours, the tokens name them already; services keep their own.
    probe.style.setProperty('forced-color-adjust', 'none')
    probe.hidden = true
    if (!probe.isConnected) document.body.append(probe)
    colour = getComputedStyle(probe).color
    known.set(token, colour)
  }
  return colour
}
