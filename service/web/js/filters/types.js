// What the modules of the Filters view hand to each other, as types. Holds no code.

/** @typedef {"same" | "valid" | number} Padding a number: the lecture's P, of both sides together */
/** @typedef {"zeros" | "edge" | "reflect"} Border */
/** @typedef {"clip" | "abs" | "centre"} Scale */
/** @typedef {[number, number]} Pair x and y */

/**
 * A cell that holds no number is kept as it was typed. `filter` is the name under which the service knows exactly
 * this kernel with this divisor, or null.
 * @typedef {object} Convolve
 * @property {"convolve"} op
 * @property {(number | string)[][]} rows
 * @property {string | null} filter
 * @property {number | string} divisor
 * @property {number} stride
 * @property {Padding} padding
 * @property {Border} border
 * @property {"each" | "sum"} channels sum: the colours make one map
 */

/** @typedef {{op: "max_pool" | "avg_pool", size: number, stride: number, padding: Padding}} Pool */
/** @typedef {Convolve | Pool | {op: "relu"}} Step */

/**
 * All that the person decides. `main` is the index of the step that the Kernel card edits, always a convolution;
 * `told` the step whose numbers are told, null: the last with a window; `at` a place in its output.
 * @typedef {object} State
 * @property {Step[]} steps
 * @property {number} main
 * @property {Scale} scale
 * @property {"keep" | "grey"} color
 * @property {number | null} told
 * @property {Pair | null} at
 */

/** @typedef {{name: string, title: string, kernel: number[][], divisor: number, description: string, signed: boolean}} Filter */
/** @typedef {{model: string, index: number, of: number, kernel: number[][]}} Learned */
/** @typedef {{op: string, input: Pair, kernel: Pair, stride: Pair, padding: Pair, output: Pair}} Geometry */

/**
 * The numbers behind an output pixel; window, products, sum and value hold one entry a channel.
 * @typedef {object} PixelTrace
 * @property {number} x
 * @property {number} y
 * @property {Pair} origin
 * @property {number[][]} kernel
 * @property {number[][][]} window
 * @property {number[][][]} products
 * @property {number[]} sum
 * @property {number} divisor
 * @property {number[]} value
 * @property {"max_pool" | "avg_pool"} [op] where it is no convolution
 */

/**
 * @typedef {object} Filtered
 * @property {number} width
 * @property {number} height
 * @property {number} channels
 * @property {Pair} range
 * @property {Geometry[]} geometry
 * @property {PixelTrace | null} at
 * @property {string} image_png
 * @property {number[][][] | null} values
 */

/** @typedef {Filtered & {milliseconds: number | null}} Answer the time of the filter alone */

/**
 * A picture that is filtered. `preview` is what is sent while one tries, no larger than 1,024 pixels; `full` is what
 * Save sends. `bitmap` is null where the browser cannot show it. `isInk`: of the test sets, where zero is paper.
 * @typedef {object} Held
 * @property {string} name
 * @property {Blob} full
 * @property {Blob} preview
 * @property {HTMLCanvasElement | null} canvas the preview's pixels, in colour
 * @property {Pair | null} fullSize
 * @property {boolean} isInk
 * @property {string | null} sample its name in an address
 * @property {Pair} edge fractions (0..1) of width and height: the place that one begins with
 */

export {};
