// Jest wants a module of its own for what ends a run.
export { teardown as default } from './jest-setup.ts'
