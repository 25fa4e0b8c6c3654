// How colours are seen: the contrast of two, their distance, and what people who lack a kind of cone see of them.

/** Linear light, each 0 … 1. */
export type Rgb = readonly [red: number, green: number, blue: number]

/** Of `#rrggbb` or `rgb(r, g, b)`; transparency is left out. */
export function rgbOf(text: string): Rgb {
  const hex = /^#([\da-f]{6})/i.exec(text)?.[1]
  const values = hex
    ? (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
    : (text.match(/[\d.]+/g) ?? []).map(Number)
  const linear = (value = 0) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }
  return [linear(values[0]), linear(values[1]), linear(values[2])]
}

/** WCAG 2.2 contrast ratio, 1 … 21. */
export function contrastOf(a: Rgb, b: Rgb): number {
  const light = ([red, green, blue]: Rgb) => 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
  return Math.max(light(a), light(b)) / Math.min(light(a), light(b))
}

type Matrix = readonly [Rgb, Rgb, Rgb]
const apply = (matrix: Matrix, [x, y, z]: Rgb) =>
  matrix.map(([a, b, c]) => a * x + b * y + c * z) as [number, number, number]

/** Björn Ottosson, "A perceptual color space for image processing": distances in it are about as large as they look. */
export function oklabOf(colour: Rgb): Rgb {
  const cones = apply(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    colour,
  ).map(Math.cbrt) as [number, number, number]
  return apply(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones,
  )
}

export const SIGHTS = ['normal', 'protan', 'deutan', 'tritan'] as const

/** Machado, Oliveira and Fernandes 2009, a whole kind of cone missing. */
const MATRICES: Readonly<Record<(typeof SIGHTS)[number], Matrix>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

export function seenBy(sight: (typeof SIGHTS)[number], colour: Rgb): Rgb {
  const [red, green, blue] = apply(MATRICES[sight], colour)
  const within = (value: number) => Math.min(1, Math.max(0, value))
  return [within(red), within(green), within(blue)]
}
