// What goes over the wire and between the modules, as types. Holds no code.

/**
 * A class and its probability (0..1).
 * @typedef {{index: number, label: string, probability: number}} Ranked
 */

/**
 * An answer about one picture.
 * @typedef {object} Prediction
 * @property {string | null} filename
 * @property {number} index
 * @property {string} label
 * @property {number} confidence
 * @property {boolean} accepted
 * @property {string | null} reason
 * @property {Ranked[]} top
 * @property {{polarity?: string | null, box?: number[] | null} | null} preprocessing
 * @property {string | null} input_png
 * @property {Region[] | null} [regions] several objects, in reading order
 * @property {Step[] | null} [steps] the input's way, where it was asked for
 */

/**
 * One of several objects in a picture; `box` in pixels of the upright, turned picture.
 * @typedef {{box: number[], index: number, label: string, confidence: number, accepted: boolean, reason: string | null, line: number}} Region
 */

/**
 * A step of the input's way: its picture as a PNG data URL, and codes and numbers for the page to word.
 * @typedef {{name: string, width: number, height: number, image: string, facts: Record<string, any>}} Step
 */

/**
 * What a temperature would do for a network that is served without one.
 * @typedef {{temperature: number, calibration_error_before: number, calibration_error_held_out: number}} Tempered
 */

/**
 * A model, as the service lists it. Of a package that cannot be read only name, state and reason are known.
 * @typedef {object} Card
 * @property {string} name
 * @property {string | null} title
 * @property {string | null} version
 * @property {string | null} [description]
 * @property {string | null} group
 * @property {string | null} dataset
 * @property {string[] | null} labels
 * @property {"READY" | "LOADING" | "UNLOADING" | "UNAVAILABLE"} state
 * @property {string | null} reason
 * @property {string[]} [notes]
 * @property {number | null} parameters
 * @property {{test_accuracy?: number, calibration?: Tempered} | null} metrics
 * @property {{temperature: number, error: number | null, rendered_error: number | null} | null} [calibration]
 * @property {{min_confidence: number, min_likeness?: number, min_margin?: number | null} | null} rejection
 * @property {string | null} [sha256] of its network
 * @property {number | null} [temperature]
 * @property {{activation?: string | null} | null} [output]
 * @property {import("./preparation/prepare.js").Spec | null} [preprocessing]
 * @property {{in_use: string, requested: string} | null} execution_provider
 */

/**
 * A sentence for the person: bold title, one more sentence, and where it helps a button.
 * @typedef {object} Note
 * @property {"info" | "refusal" | "error"} kind
 * @property {string} title
 * @property {string} text
 * @property {{label: string, run: () => void}} [action]
 */

/**
 * What is sent: a picture and the name under which a sentence speaks of it.
 * @typedef {{blob: Blob, name: string}} Picture
 */

/**
 * A point of a stroke in the pad's 280 x 280 space; `press` scales the pen's width.
 * @typedef {{x: number, y: number, press: number}} Point
 */

/** @typedef {{width: number, points: Point[]}} Stroke */

/**
 * Where one is: the view, a part of it (the lesson), and what it shows.
 * @typedef {{view: string, part: string, params: URLSearchParams}} Route
 */

/**
 * The picture that crosses the views. `strokes` of a drawing and `sample` ("mnist/4444") can stand in an address.
 * @typedef {object} CurrentPicture
 * @property {Blob} blob
 * @property {string} name
 * @property {"drawing" | "file" | "sample"} from
 * @property {string} [sample]
 * @property {string} [strokes]
 * @property {string} [decided] how it is to be read, as parameters of a query: "&rotate=90"
 */

/**
 * What was asked: `form` as [name, value or file name, is a file]; `milliseconds` by the service's own clock.
 * @typedef {object} Call
 * @property {"GET" | "POST" | "DELETE"} method
 * @property {string} url
 * @property {string | undefined} accept
 * @property {string | undefined} json
 * @property {[string, string, boolean][] | undefined} form
 * @property {File | null} drawing
 * @property {number} status
 * @property {number | null} milliseconds
 * @property {string} requestId
 */

/**
 * What the views have in common. `cards` is the newest list of models; `lost` is called when nobody answers, `retitle`
 * when a view's title changed while it stands.
 * @typedef {{current: import("./current.js").Current, cards: Card[], lost: () => void, retitle: () => void}} Shared
 */

/**
 * @typedef {object} View
 * @property {string} title for the browser's title bar
 * @property {(route: Route) => void | Promise<void>} enter when it is shown, and when its own address changes
 * @property {() => void} leave what is in flight is given up, what moves stops
 * @property {(cards: Card[]) => void} setCards also when the connection came back
 * @property {(call: Call) => void} noteCall
 */

export {};
