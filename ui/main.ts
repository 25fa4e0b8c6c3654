// The viewer's entry: mounts the application on the page.
import { mount } from 'svelte'
import App from './app/App.svelte'
import './design/tokens.css'
import './design/base.css'

const target = document.getElementById('app')
if (!target) throw new Error('index.html lost its #app element')
mount(App, { target })
