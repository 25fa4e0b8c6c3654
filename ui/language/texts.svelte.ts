// Every text of the viewer, in the reader's language. English is always there; another one is loaded when it is chosen.
import { recall, remember } from '../design/preferences.ts'
import { en, type Messages } from './en/messages.ts'
import { useNumbersOf } from './numbers.ts'

export const LANGUAGES = [
  { id: 'en', tag: 'en-US', name: 'English' },
  { id: 'zh', tag: 'zh-CN', name: '简体中文' },
] as const
type LanguageId = (typeof LANGUAGES)[number]['id']

const KEY = 'hopscope.language'
const LOADERS: Readonly<Record<LanguageId, () => Promise<Messages>>> = {
  en: () => Promise.resolve(en),
  zh: async () => (await import('./zh/messages.ts')).zh,
}

let messages = $state.raw<Messages>(en)
let current = $state<LanguageId>('en')
/** How often a language was asked for. */
let asked = 0

/** `texts.search.title`; a view that reads it is drawn anew when the language changes. */
export const texts: Messages = new Proxy(en, {
  get: (_, room): unknown => Reflect.get(messages, room),
})

export const language = {
  get id() {
    return current
  },
  get tag() {
    return LANGUAGES.find(({ id }) => id === current)?.tag ?? 'en-US'
  },
  /**
   * Whether it applies: not if another was asked for meanwhile. Rejects, with nothing changed, if the language's file
   * can't be loaded.
   */
  async use(id: LanguageId): Promise<boolean> {
    const turn = ++asked
    const loaded = await LOADERS[id]()
    if (turn !== asked) return false
    messages = loaded
    current = id
    useNumbersOf(language.tag)
    document.documentElement.lang = language.tag
    return true
  },
  /** As {@link language.use}, and remembers what applies. */
  async choose(id: LanguageId) {
    if (await language.use(id)) remember(KEY, id)
  },
  /** What was chosen here before, else the first that the browser asks for and that we have. */
  get preferred(): LanguageId {
    const wanted = [recall(KEY) ?? '', ...navigator.languages]
    for (const tag of wanted) {
      // Texts in traditional characters are another language.
      if (/^zh\b(?!-(?:TW|HK|MO|Hant))/i.test(tag)) return 'zh'
      if (/^en\b/i.test(tag)) return 'en'
    }
    return 'en'
  },
}
