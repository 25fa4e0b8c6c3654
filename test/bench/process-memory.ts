// What a process holds in memory, where the system tells (Linux).
import { readFileSync } from 'node:fs'

/** Resident megabytes of a process, or undefined where /proc isn't there. */
export function residentMegabytes(pid: number): number | undefined {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
  } catch {
    return undefined
  }
}
