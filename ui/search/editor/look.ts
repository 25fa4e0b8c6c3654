// How the search box's editor looks: the design's tokens, which reach into its shadow root.
import { EditorView } from '@codemirror/view'

export const theme = (big: boolean) =>
  EditorView.theme({
    '&': { height: '100%', background: 'none', color: 'inherit' },
    '&.cm-focused': { outline: 'none' },
    '.cm-scroller': {
      // The caret scrolls it; nobody has to reach it as a region of its own.
      overflowX: 'hidden',
      overflowY: 'hidden',
      font: 'inherit',
      lineHeight: big ? '42px' : '26px',
      scrollbarWidth: 'none',
    },
    '.cm-content': { padding: '0', caretColor: 'var(--ink)' },
    '.cm-line': { padding: '0' },
    '.cm-placeholder': { color: 'var(--ink-3)' },
    '.tok-field': { color: 'var(--ink)' },
    '.tok-word, .tok-number': { color: 'var(--svc-4)' },
    '.tok-stage': { color: 'var(--accent)', fontWeight: '600' },
    '.tok-text': { color: 'light-dark(#0b6357, #6fd6c8)' },
    '.tok-operator': { color: 'var(--ink-3)' },
    '.tok-mistake': { textDecoration: 'underline wavy var(--error)', textUnderlineOffset: '4px' },
    '.cm-tooltip': {
      border: '1px solid var(--line-strong)',
      borderRadius: '6px',
      background: 'var(--raised)',
      boxShadow: '0 8px 24px var(--shadow)',
      color: 'var(--ink)',
    },
    '.cm-tooltip-below': { marginTop: big ? '13px' : '6px' },
    '.cm-tooltip.cm-tooltip-autocomplete > ul': {
      minWidth: '200px',
      maxWidth: 'min(520px, 90vw)',
      maxHeight: '320px',
      padding: '4px',
      fontFamily: 'var(--sans)',
      fontSize: 'var(--text-m)',
    },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
      display: 'flex',
      gap: '16px',
      justifyContent: 'space-between',
      padding: '4px 8px',
      borderRadius: '4px',
      lineHeight: '18px',
      unicodeBidi: 'isolate',
    },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li:hover': { background: 'var(--hover)' },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
      background: 'var(--selected)',
      boxShadow: 'inset 2px 0 var(--accent)',
      color: 'var(--ink)',
    },
    '.cm-completionLabel': { overflow: 'hidden', textOverflow: 'ellipsis' },
    '.cm-completionDetail': {
      margin: '0',
      color: 'var(--ink-3)',
      fontSize: 'var(--text-s)',
      fontStyle: 'normal',
    },
  })
