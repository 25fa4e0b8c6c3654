// Colours in the search box, and the underline where a query can't be read.
import { type EditorState, StateEffect, StateField, type Range } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view'
import { beginsAsQuery } from '../resolve.ts'
import { piecesOf } from './context.ts'
import type { Mistake } from './mistake.ts'

/** Longer texts stay plain: colours are for what a person types. */
const LONGEST = 4000

const CLASSES = {
  text: 'tok-text',
  'open-text': 'tok-text',
  operator: 'tok-operator',
  number: 'tok-number',
  brace: 'tok-operator',
} as const
const WORDS = /^(?:error|ok|unset|server|client|producer|consumer|internal|unspecified|true|false|nil)$/
const STAGE = /^(?:count|avg|max|min|sum|by|select|coalesce)$/

function coloured(state: EditorState): DecorationSet {
  const text = state.doc.toString()
  if (text.length > LONGEST || !beginsAsQuery(text)) return Decoration.none
  const ranges: Range<Decoration>[] = piecesOf(text).map(({ type, text: part, at }) => {
    const name =
      type === 'field'
        ? WORDS.test(part)
          ? 'tok-word'
          : STAGE.test(part)
            ? 'tok-stage'
            : 'tok-field'
        : CLASSES[type]
    return Decoration.mark({ class: name }).range(at, at + part.length)
  })
  return Decoration.set(ranges, true)
}

export const colours = StateField.define<DecorationSet>({
  create: coloured,
  update: (marks, change) => (change.docChanged ? coloured(change.state) : marks),
  provide: (field) => EditorView.decorations.from(field),
})

export const setMistake = StateEffect.define<Mistake | undefined>()

export const underline = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, change) => {
    const set = change.effects.find((effect) => effect.is(setMistake))
    if (!set) return change.docChanged ? Decoration.none : marks
    const mistake = set.value
    if (!mistake) return Decoration.none
    const from = Math.min(mistake.at, change.state.doc.length)
    const to = Math.min(from + Math.max(1, mistake.length), change.state.doc.length)
    if (from === to) return Decoration.none
    return Decoration.set([
      Decoration.mark({ class: 'tok-mistake', attributes: { title: mistake.message } }).range(from, to),
    ])
  },
  provide: (field) => EditorView.decorations.from(field),
})
