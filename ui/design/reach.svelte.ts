// Whether the server can be reached: asked every few seconds once somebody found that it can't, until it answers.

const EVERY = 3000

let down = $state(false)
let returns = $state(0)
/** Problems in sight that tell of it; the frame need not say it again. */
let tellers = $state(0)
let timer: ReturnType<typeof setTimeout> | undefined

async function ask(): Promise<void> {
  timer = undefined
  try {
    await fetch('/health', { cache: 'no-store' })
  } catch {
    wait() // That is what "down" says already.
    return
  }
  down = false
  returns += 1
}

function wait(): void {
  timer ??= setTimeout(() => void ask(), EVERY)
}

export const reach = {
  get down() {
    return down
  },
  /** How often it came back. */
  get returns() {
    return returns
  },
  get told() {
    return tellers > 0
  },
  /** A question got no answer. */
  lost() {
    down = true
    wait()
  },
  /** Asks at once, as when the browser is online again. */
  askNow() {
    if (!down) return
    clearTimeout(timer)
    void ask()
  },
  /** For as long as somebody else tells of it; gives the end. */
  tell() {
    tellers += 1
    return () => {
      tellers -= 1
    }
  },
}
