// The search box's editor, a file of its own: TraceQL with suggestions, colours and mistakes underlined. It lives in a shadow root: only
// there CodeMirror puts its styles where the security policy allows them, in adopted style sheets.
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionStatus,
  moveCompletionSelection,
  selectedCompletion,
  startCompletion,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { Annotation, Compartment, EditorState, Prec } from '@codemirror/state'
import { EditorView, keymap, placeholder } from '@codemirror/view'
import { type CompleteOptions, completionSource } from './complete.ts'
import { colours, setMistake, underline } from './marks.ts'
import type { Mistake } from './mistake.ts'
import { theme } from './look.ts'

export interface EditorOptions extends CompleteOptions {
  readonly text: string
  readonly selection: { readonly at: number; readonly end: number }
  readonly big: boolean
  readonly oninput: (text: string) => void
  readonly onenter: () => void
  /** What is wrong with what was typed, after a moment; undefined when nothing is. */
  readonly onmistake: (mistake: Mistake | undefined) => void
}

export interface Said {
  readonly label: string
  readonly placeholder: string
  readonly suggestions: string
  /** What is said about the text beside the box. */
  readonly description: string
  readonly invalid: boolean
}

export interface Editor {
  readonly setText: (text: string) => void
  readonly focus: () => void
  /** Shows suggestions without waiting for a key. */
  readonly suggest: () => void
  readonly blur: () => void
  readonly select: (at: number, end: number) => void
  readonly say: (said: Said) => void
  readonly destroy: () => void
}

const LINT_AFTER_MS = 350
const DESCRIPTION = 'description'
/** The page's own change, which is no typing. */
const byPage = Annotation.define<true>()

export function createEditor(host: HTMLElement, said: Said, options: EditorOptions): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
  const description = document.createElement('span')
  description.id = DESCRIPTION
  description.hidden = true
  const words = new Compartment()
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = async () => {
    const text = view.state.doc.toString()
    try {
      const { mistakeIn } = await import('./mistake.ts')
      if (view.state.doc.toString() !== text) return
      const mistake = mistakeIn(text)
      view.dispatch({ effects: setMistake.of(mistake) })
      options.onmistake(mistake)
    } catch (error) {
      // The server will say what is wrong.
      console.debug('The query was not checked', error)
    }
  }
  const lint = () => {
    clearTimeout(timer)
    timer = setTimeout(() => void look(), LINT_AFTER_MS)
  }
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: oneLined(options.text),
      selection: { anchor: options.selection.at, head: options.selection.end },
      extensions: [
        Prec.highest(keymap.of(keys(options.onenter))),
        keymap.of([...closeBracketsKeymap, ...historyKeymap, ...defaultKeymap]),
        history(),
        closeBrackets(),
        EditorState.languageData.of(() => [{ closeBrackets: { brackets: ['(', '{', '"'] } }]),
        autocompletion({
          override: [completionSource(options)],
          selectOnOpen: false,
          icons: false,
          interactionDelay: 0,
          maxRenderedOptions: 50,
        }),
        typed,
        oneLine,
        colours,
        underline,
        theme(options.big),
        words.of(wordsOf(said)),
        EditorView.updateListener.of(({ docChanged, state, transactions }) => {
          if (!docChanged) return
          if (!transactions.some((each) => each.annotation(byPage))) {
            options.oninput(state.doc.toString())
            options.onmistake(undefined)
            lint()
          }
        }),
      ],
    }),
  })
  root.append(description)
  return {
    setText: (text) => {
      const insert = oneLined(text)
      if (view.state.doc.toString() === insert) return
      closeCompletion(view)
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert },
        selection: { anchor: insert.length },
        annotations: byPage.of(true),
      })
    },
    focus: () => view.focus(),
    suggest: () => void startCompletion(view),
    blur: () => {
      closeCompletion(view)
      view.contentDOM.blur()
    },
    select: (at, end) => {
      const most = view.state.doc.length
      view.focus()
      view.dispatch({
        selection: { anchor: Math.min(at, most), head: Math.min(end, most) },
        scrollIntoView: true,
      })
    },
    say: (now) => {
      description.textContent = now.description
      view.dispatch({ effects: words.reconfigure(wordsOf(now)) })
    },
    destroy: () => {
      clearTimeout(timer)
      view.destroy()
      root.replaceChildren()
    },
  }
}

function keys(onenter: () => void) {
  return [
    {
      key: 'Enter',
      run: (view: EditorView) => {
        if (selectedCompletion(view.state) && acceptCompletion(view)) return true
        closeCompletion(view)
        onenter()
        return true
      },
    },
    {
      key: 'Tab',
      run: (view: EditorView) => {
        if (completionStatus(view.state) !== 'active') return false
        if (!selectedCompletion(view.state)) moveCompletionSelection(true)(view)
        return acceptCompletion(view)
      },
    },
    {
      key: 'ArrowDown',
      run: (view: EditorView) =>
        completionStatus(view.state) === null ? startCompletion(view) : moveCompletionSelection(true)(view),
    },
    {
      key: 'ArrowUp',
      run: (view: EditorView) =>
        completionStatus(view.state) === 'active' && moveCompletionSelection(false)(view),
    },
    {
      key: 'Escape',
      run: (view: EditorView) => completionStatus(view.state) !== null && closeCompletion(view),
    },
  ]
}

/**
 * Chrome keeps the colours of a text that is typed over in a style attribute, which the security policy refuses: what is typed goes
 * into the editor's state, not into its document.
 */
const typed = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { data, inputType } = event
    if (inputType !== 'insertText' || !data || event.isComposing || view.composing) return false
    // The browser tells of a new selection later than of what is typed over it.
    document.dispatchEvent(new Event('selectionchange'))
    const { from, to } = view.state.selection.main
    const insert = () =>
      view.state.update({
        changes: { from, to, insert: data },
        selection: { anchor: from + data.length },
        userEvent: 'input.type',
        scrollIntoView: true,
      })
    if (!view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, data, insert)))
      view.dispatch(insert())
    event.preventDefault()
    return true
  },
})

const oneLined = (text: string) => text.replace(/\s*[\r\n]+\s*/g, ' ')

/** What is pasted with line breaks is one line. */
const oneLine = EditorState.transactionFilter.of((change) => {
  if (change.newDoc.lines === 1) return change
  const text = change.newDoc.toString()
  const before = oneLined(text.slice(0, change.newSelection.main.head))
  return [
    {
      changes: { from: 0, to: change.startState.doc.length, insert: oneLined(text) },
      selection: { anchor: Math.min(before.length, oneLined(text).length) },
      userEvent: 'input.paste',
    },
  ]
})

function wordsOf({ label, placeholder: hint, suggestions, invalid, description }: Said) {
  return [
    placeholder(hint),
    EditorState.phrases.of({ Completions: suggestions }),
    EditorView.contentAttributes.of({
      'aria-label': label,
      'aria-multiline': 'false',
      'data-testid': 'search-box',
      autocapitalize: 'off',
      autocorrect: 'off',
      spellcheck: 'false',
      enterkeyhint: 'search',
      ...(invalid ? { 'aria-invalid': 'true' } : {}),
      ...(description ? { 'aria-describedby': DESCRIPTION } : {}),
    }),
  ]
}
