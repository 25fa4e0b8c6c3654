// Whom a key is for: the page's own keys are for everywhere but fields and open dialogs.

/**
 * The element that a key is for; the body if nothing has the focus. A dialog that was closed keeps the focus until the
 * next frame is drawn: a key pressed by then is the page's, not the dialog's, which nobody sees any more.
 */
export function targetOf({ target }: KeyboardEvent): Element {
  const known = target instanceof Element && !target.closest('dialog:not([open])')
  return known ? target : document.body
}

/** A key of the page's own: no browser's key, nothing that is typed, and no dialog is open. */
export function isForPage(event: KeyboardEvent): boolean {
  if (event.metaKey || event.ctrlKey || event.altKey) return false
  return !targetOf(event).closest('input, select, textarea, dialog')
}
