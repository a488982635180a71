// What the modules of the Classify view hand to each other, as types. Holds no code.

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Note} Note */
/** @typedef {import("../types.js").Prediction} Prediction */

/**
 * What the person decided about how a picture is read; null and 0: the service decides. `box` is x, y, w, h in
 * pixels of the upright, turned picture.
 * @typedef {object} Decisions
 * @property {number} rotate degrees clockwise: 0, 90, 180, 270
 * @property {"dark_on_light" | "light_on_dark" | null} polarity
 * @property {number[] | null} box
 */

/**
 * What is read: a drawing, a file, or a sample of a test set. Never changed, only replaced.
 * @typedef {object} Subject
 * @property {"drawing" | "file" | "sample"} from
 * @property {string} name
 * @property {() => Promise<Blob>} blob
 * @property {() => ImageData} [pixels] of a drawing, black on white
 * @property {Decisions} decisions
 * @property {number} digit which of several digits is chosen
 * @property {readonly import("../types.js").Stroke[]} [strokes] of a drawing
 * @property {string} [sample] "mnist/4444"
 * @property {string} [truth] its label
 * @property {boolean} [isReduced] a file so large that a smaller copy is sent
 */

/**
 * One round's question.
 * @typedef {object} Question
 * @property {Subject} subject
 * @property {Card} lead
 * @property {string[]} models names, the lead among them
 */

/**
 * What all models say. `shown` is the lead's answer: to the whole picture, or where that holds several digits to
 * the chosen one; `whole` is then its answer to the whole.
 * @typedef {object} Answers
 * @property {Map<string, Prediction | Error>} results
 * @property {Prediction} shown
 * @property {Prediction | null} whole
 * @property {number} milliseconds by the service's own clock
 * @property {Decisions} decisions how the picture was read for it, the chosen digit's box among them
 * @property {boolean} [isLocal] read in the page; the milliseconds are the page's
 * @property {boolean} [isRecorded] said by a service before, and kept in a file
 */

/**
 * Where the picture lies on the stage, in CSS pixels: a point p of the picture is at left + scale * p.x.
 * @typedef {{scale: number, left: number, top: number, width: number, height: number}} Place
 */

export {};
