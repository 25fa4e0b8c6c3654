// Tags while a span is read.

/** Sets an own property, whatever its name: to assign `__proto__` would set the prototype. */
export function setTag(tags: Record<string, string>, key: string, text: string): void {
  if (key === '__proto__') {
    Object.defineProperty(tags, key, { value: text, writable: true, enumerable: true, configurable: true })
  } else {
    tags[key] = text
  }
}
