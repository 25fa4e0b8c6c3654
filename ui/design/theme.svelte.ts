// Light, dark, or as the system says; the choice is kept in the browser.
export type Theme = 'system' | 'light' | 'dark'

const KEY = 'hopscope.theme'
const ORDER: readonly Theme[] = ['system', 'light', 'dark']

const attribute = document.documentElement.dataset['theme']
let current = $state<Theme>(attribute === 'light' || attribute === 'dark' ? attribute : 'system')

export const theme = {
  get current() {
    return current
  },
  get next(): Theme {
    return ORDER[(ORDER.indexOf(current) + 1) % ORDER.length] ?? 'system'
  },
  set(value: Theme) {
    current = value
    if (value === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = value
    remember(KEY, value === 'system' ? undefined : value)
  },
}

/** Keeps a small preference; where storage is forbidden it lasts as long as the page. */
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
