// For component tests: mounts a component in jsdom, with a server made of answers by path.
import { TextDecoder, TextEncoder } from 'node:util'
import { columnsOf, type TraceView } from '@hopscope/model'
import { encodeTraceColumns } from '@hopscope/proto/columns'
import { type Component, flushSync, mount, unmount } from 'svelte'

/** What the pages need of a browser that jsdom lacks. */
class NoResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
Reflect.set(globalThis, 'ResizeObserver', NoResizeObserver)
Reflect.set(globalThis, 'TextEncoder', TextEncoder)
Reflect.set(globalThis, 'TextDecoder', TextDecoder)
Reflect.set(globalThis, 'matchMedia', () => ({ matches: false, addEventListener: () => undefined }))
Reflect.set(HTMLCanvasElement.prototype, 'getContext', () => null)
Reflect.set(HTMLDialogElement.prototype, 'showModal', function (this: HTMLDialogElement) {
  this.open = true
})
Reflect.set(HTMLDialogElement.prototype, 'close', function (this: HTMLDialogElement) {
  this.open = false
})

export interface Answer {
  readonly status?: number
  /** To be JSON; bytes are answered as they are. */
  readonly body: unknown
}

/** The answers that open a trace page. */
export function traceAnswers(view: TraceView): Readonly<Record<string, Answer>> {
  return { [`/rest/v1/traces/${view.traceId}?format=columns`]: { body: encodeTraceColumns(columnsOf(view)) } }
}

/** Answers requests by path and query; what is not listed is a 404. Gives the list of what was asked. */
export function serve(answers: Readonly<Record<string, Answer>>): string[] {
  const asked: string[] = []
  const fetcher = (input: string) => {
    asked.push(input)
    const { status = 200, body } = answers[input] ??
      answers[input.split('?')[0] ?? ''] ?? {
        status: 404,
        body: { title: 'Not found', detail: 'No such thing.' },
      }
    return Promise.resolve({
      ok: status < 400,
      status,
      json: () => Promise.resolve(structuredCopy(body)),
      arrayBuffer: () =>
        body instanceof Uint8Array
          ? Promise.resolve(body.buffer)
          : Promise.reject(new Error('these are no bytes')),
    })
  }
  Reflect.set(globalThis, 'fetch', fetcher)
  return asked
}

/** As it comes over the wire: no undefined fields. */
function structuredCopy(body: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(body))
  return copy
}

export function mounted<Props extends Record<string, unknown>>(component: Component<Props>, props: Props) {
  const target = document.createElement('div')
  document.body.append(target)
  const instance = mount(component, { target, props })
  flushSync()
  return {
    all: (testid: string) => [...target.querySelectorAll<HTMLElement>(`[data-testid="${testid}"]`)],
    get text() {
      return target.textContent
    },
    target,
    async remove() {
      await unmount(instance)
      target.remove()
    },
  }
}

/** Waits for the condition, letting promises and effects run. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    flushSync()
    if (condition()) return
    await new Promise((done) => setTimeout(done, 0))
  }
  throw new Error(`Never came true: ${what}`)
}

export function press(target: EventTarget, key: string): void {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
  flushSync()
}
