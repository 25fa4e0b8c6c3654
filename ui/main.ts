// The viewer's entry: mounts the application on the page, in the reader's language.
import { mount } from 'svelte'
import App from './app/App.svelte'
import { language } from './language/texts.svelte.ts'
import './design/tokens.css'
import './design/base.css'
import './design/print.css'

const target = document.getElementById('app')
if (!target) throw new Error('index.html lost its #app element')
try {
  await language.use(language.preferred)
} catch (error) {
  console.debug('The texts of the preferred language did not come; English it is', error)
}
mount(App, { target })
