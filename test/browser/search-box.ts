// The search box for tests: a plain field at first, an editor in a shadow root soon after.
import type { Page } from 'playwright-core'

export const box = (page: Page) => page.getByTestId('search-box')

/** The box once the editor has come. */
export const editor = (page: Page) => page.locator('[role=textbox][data-testid=search-box]')

export const boxText = (page: Page) =>
  box(page).evaluate((field) => {
    if (field instanceof HTMLInputElement) return field.value
    return field.querySelector('.cm-placeholder') ? '' : field.textContent
  })

export const boxState = (page: Page) =>
  box(page).evaluate((field) => {
    const root = field.getRootNode()
    const described = document.getElementById(field.getAttribute('aria-describedby') ?? '')
    if (field instanceof HTMLInputElement) {
      const selected = field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0)
      return { focused: field.matches(':focus'), selected, described: described?.textContent ?? '' }
    }
    const inside =
      root instanceof ShadowRoot ? root.getElementById(field.getAttribute('aria-describedby') ?? '') : null
    return {
      focused: field.matches(':focus'),
      // Chrome tells of a selection in a shadow root only there.
      selected:
        'getSelection' in root && typeof root.getSelection === 'function' ? String(root.getSelection()) : '',
      described: inside?.textContent ?? '',
    }
  })

export async function chooseRange(page: Page, name: string): Promise<void> {
  await page.getByTestId('time-range').click()
  await page.getByRole('button', { name, exact: true }).click()
}
