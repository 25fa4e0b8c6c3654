// Files of spans, read without what only Node has: for the viewer, which is given one, and for `hopscope import`.
export { type FileFormat, formatOf, placeText, SNAKE_CASE } from './element.ts'
export { itemsOf, membersOf } from './members.ts'
export { type Break, type Element, ElementScanner, type Place } from './scan.ts'
export {
  type FileRefusal,
  type FileSpans,
  isGzip,
  spansOfFile,
  TraceFileError,
  type TraceFileProblem,
} from './trace-file.ts'
