// Small preferences that the browser keeps.

/** Where storage is forbidden a preference lasts as long as the page. */
export function remember(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch (error) {
    console.debug('Preference not kept', key, error)
  }
}

export function recall(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined
  } catch {
    return undefined // As remember(): no storage, no preference.
  }
}
