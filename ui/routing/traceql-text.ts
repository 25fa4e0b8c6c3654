// Names and values as TraceQL writes them, for queries that the pages put together.

/** An attribute's name without its scope: as it is, or in quotes where a character of it could end or change it. */
export function attributeText(key: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(key) ? key : `"${key.replace(/["\\]/g, '\\$&')}"`
}

/** A text as a literal. */
export function quoted(text: string): string {
  return JSON.stringify(text)
}
