// Text that came from anywhere, made fit for a terminal.

/** Controls, and the marks that turn the direction of text. */
const UNPRINTABLE = /[^\P{C}\n\t]/gu

/** Without power over the terminal: all but text and line breaks becomes an escape. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (each) => `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`)
}

/** @param most characters of the text that are shown */
export function onOneLine(text: string, most = Infinity): string {
  return printable(text.replaceAll(/\s+/g, ' ').slice(0, most))
}
