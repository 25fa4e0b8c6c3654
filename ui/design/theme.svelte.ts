// Light, dark, high contrast, or as the system says; the choice is kept in the browser.
import { remember } from './preferences.ts'

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'hopscope.theme'

const attribute = document.documentElement.dataset['theme']
let current = $state<Theme>(THEMES.find((theme) => theme === attribute) ?? 'system')

let changes = $state(0)
const MEDIA = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)', 'print']
for (const media of MEDIA) matchMedia(media).addEventListener('change', () => (changes += 1))

export const theme = {
  get current() {
    return current
  },
  /** Changes whenever the colours do: what is painted on a canvas is to be painted anew. */
  get painted() {
    return `${current} ${changes}`
  },
  set(value: Theme) {
    current = value
    if (value === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = value
    remember(KEY, value === 'system' ? undefined : value)
  },
}
