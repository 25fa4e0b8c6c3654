// Jest's globalSetup and globalTeardown: one host of shared backends for each run.
import { host } from './host.ts'
import { OFFER } from './offer.ts'

export default async function setup(): Promise<void> {
  const running = await host()
  process.env[OFFER] = JSON.stringify(running.offer)
  end = () => running.close()
}

let end: () => Promise<void> = () => Promise.resolve()

export const teardown = (): Promise<void> => end()
