// Fetches a server's files by Maven, once for all runs of this user, and says whether that would work.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findJava } from './java.ts'

export interface Distribution {
  /** Name and version; the folder that it is kept in. */
  readonly name: string
  /** The folder with its pom.xml, below `test/backends`. */
  readonly recipe: string
  /** The oldest Java that runs it, or that runs Maven where the server needs none. */
  readonly java: number
  /** Makes what was fetched ready to run, once. */
  readonly unpack?: (folder: string) => void
}

// Found by the package: this file runs from the sources in a test, and from dist elsewhere.
const RECIPES = join(dirname(fileURLToPath(import.meta.resolve('@hopscope/test/package.json'))), 'backends')

/** Why it can't be started on this machine; undefined when it can. */
export function whyNot({ name, recipe, java }: Distribution): string | undefined {
  if (findJava(java) === undefined) return `no Java ${java} or newer for ${recipe}`
  if (existsSync(join(cacheFolder(), name))) return undefined
  return spawnSync('mvn', ['-v'], { stdio: 'ignore' }).status === 0
    ? undefined
    : `no Maven to fetch ${recipe}`
}

/** The folder with the server's files, fetched if this is the first time. */
export async function fetched({ name, recipe, java, unpack }: Distribution): Promise<string> {
  const cache = cacheFolder()
  const folder = join(cache, name)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  if (statSync(cache).uid !== process.getuid?.()) throw new Error(`${cache} belongs to another user`)
  const unfinished = mkdtempSync(join(cache, 'unfinished-'))
  try {
    await maven(recipe, unfinished, findJava(java))
    unpack?.(unfinished)
    chmodSync(unfinished, 0o755)
    renameSync(unfinished, folder)
  } catch (error) {
    // Whoever else fetched it at the same time was first.
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return folder
}

/** A home of root's is closed to the user that the servers run as. */
function cacheFolder(): string {
  if (process.getuid?.() === 0) return '/var/tmp/hopscope-test-0'
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hopscope-test')
}

function maven(recipe: string, target: string, java: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const pom = join(RECIPES, recipe, 'pom.xml')
    const child = spawn('mvn', ['-B', '-q', '-f', pom, 'generate-resources', `-Dtarget=${target}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, JAVA_HOME: java },
    })
    let output = ''
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    child.stderr.on('data', (text: Buffer) => (output += text.toString()))
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`Maven could not fetch ${recipe}:\n${output}`)),
    )
  })
}
