// The file that the reader opened on this machine; lasts as long as the page.
let file = $state.raw<File>()

export const localFile = {
  get file() {
    return file
  },
  set file(value: File | undefined) {
    file = value
  },
}
