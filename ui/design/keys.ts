// Whom a key is for: the page's own keys are for everywhere but fields and open dialogs.

/**
 * The element that a key is for; the body if nothing has the focus. A dialog that was closed keeps the focus until the
 * next frame is drawn: a key pressed by then is the page's, not the dialog's, which nobody sees any more.
 */
export function targetOf({ target }: KeyboardEvent): Element {
  const known = target instanceof Element && !target.closest('dialog:not([open])')
  return known ? target : document.body
}

/** Where keys are typed, or are another's. Radio buttons and checkboxes need arrows and space alone, which no page takes from them. */
const TAKES_KEYS =
  'input:not([type=radio], [type=checkbox]), select, textarea, dialog, [contenteditable]:not([contenteditable=false])'

/** A key of the page's own: no browser's key, nothing that is typed, and no dialog is open. */
export function isForPage(event: KeyboardEvent): boolean {
  if (event.metaKey || event.ctrlKey || event.altKey) return false
  const target = targetOf(event)
  if (target.closest(TAKES_KEYS)) return false
  // The target is the host of an editor in a shadow root; the path begins inside.
  const [inner] = event.composedPath()
  return target !== event.target || !(inner instanceof Element) || !inner.closest(TAKES_KEYS)
}
