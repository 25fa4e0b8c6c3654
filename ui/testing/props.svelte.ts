// For component tests: props that change after the component was mounted.
export function propsOf<Props extends Record<string, unknown>>(props: Props): Props {
  const state = $state(props)
  return state
}
