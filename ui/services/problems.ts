// What a failed answer means for the services pages.
import { ApiError } from '../api/api.ts'

/** The server runs with SEARCH_ENABLED=false. */
export const isDisabled = (error: unknown) => error instanceof ApiError && error.code === 'search-disabled'
