// Runs before the first paint, so that a chosen theme doesn't flash; design/theme.svelte.ts owns the choice.
try {
  const theme = localStorage.getItem('hopscope.theme')
  if (theme === 'light' || theme === 'dark' || theme === 'contrast')
    document.documentElement.dataset.theme = theme
} catch {
  // Storage is forbidden here: the system's theme it is.
}
