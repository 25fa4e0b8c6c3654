// One figure a line on the screen, and all of them as JSON in bench-results/.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

export class Report {
  readonly #name: string
  readonly #figures: { name: string; value: number; unit: string }[] = []

  constructor(name: string) {
    this.#name = name
  }

  figure(name: string, value: number, unit: string): void {
    const rounded = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
    this.#figures.push({ name, value: rounded, unit })
    process.stdout.write(`${name}: ${rounded} ${unit}\n`)
  }

  save(): void {
    const folder = fileURLToPath(new URL('../../../bench-results/', import.meta.url))
    mkdirSync(folder, { recursive: true })
    const machine = {
      node: process.version,
      cores: cpus().length,
      cpu: cpus()[0]?.model,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
    }
    const at = new Date().toISOString()
    writeFileSync(
      `${folder}${this.#name}.json`,
      `${JSON.stringify({ bench: this.#name, at, machine, figures: this.#figures }, null, 2)}\n`,
    )
  }
}

/** @param sorted ascending */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
}
