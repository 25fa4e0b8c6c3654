// Reads a trace file beside the page, which stays quick meanwhile: see file/answers.ts.
import { fileAnswers } from './file/answers.ts'
import type { FileQuestion } from './file/messages.ts'

const answer = fileAnswers((said, handedOver) => postMessage(said, { transfer: handedOver }))

onmessage = ({ data }: MessageEvent<FileQuestion>) => void answer(data)
