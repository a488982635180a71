// The later stops of the guided path: from a whole convolutional network to the optimisers.

import { grouped } from "../format.js";
import { href } from "../router.js";
import { i, input, lines, n, number, o, over, row, share, sub } from "./maths.js";

const before = row(i("t"), o("−"), n(1));

/** Gradient descent on J = w² / 2 from w = 1. @param {number} rate @param {number} steps */
function descended(rate, steps) {
  let w = 1;
  for (let step = 0; step < steps; step += 1) w -= rate * w;
  return w;
}

/** What the copies of one network hand on, each to the next; of many the first and the last. @param {number} u @param {number} steps */
function unrolled(u, steps) {
  const left = Array.from({ length: steps + 1 }, (_, step) => number(u ** step, step ? 3 : 0));
  return (left.length > 5 ? [...left.slice(0, 4), "…", left[steps]] : left).join(" → ");
}

/** @type {import("./maths.js").Stop[]} */
export const LATER_STOPS = [
  {
    id: "cnn",
    title: "A convolutional network",
    slide: "sequence of layers; example 1: MNIST CNN",
    words: ["28 filters give 28 maps of a digit, pooling halves them, flatten lays their numbers behind each other, and dense layers read them. The last layer's softmax makes ten numbers that sum to 1."],
    formula: row(sub(i("p"), i("k")), o("="), over(`<msup>${i("e")}${sub(i("z"), i("k"))}</msup>`, row(`<munder>${o("∑")}${i("j")}</munder>`, `<msup>${i("e")}${sub(i("z"), i("j"))}</msup>`))),
    letters: [["zₖ", "the sum of class k"], ["pₖ", "its probability"]],
    inputs: [input("filters", "filters of 3 × 3", 1, 64, 1, 28)],
    compute: ({ filters }) => `28 × 28 → ${filters} × 26 × 26 → ${filters} × 13 × 13 → ${grouped(filters * 169)} numbers; the kernels have ${grouped(filters * 10)} parameters`,
    view: ["Look at its 28 maps of a digit", href("inside", { model: "mnist_cnn", layer: "conv1", sample: "mnist/4444" })],
    question: ["How many parameters have 28 filters of 3 × 3 on a grey picture?", "28 · (9 + 1) = 280, each filter with a bias of its own."],
  },
  {
    id: "curves",
    title: "Training curves",
    slide: "example 2: accuracy and loss by epoch",
    words: ["After each epoch, one pass over the training pictures, the loss is measured: the mean of −log p, where p is the probability that the true class was given. Training loss falls as long as one trains."],
    formula: row(i("J"), o("="), o("−"), over(n(1), i("N")), `<munder>${o("∑")}${i("i")}</munder>`, i("log"), sub(i("p"), i("i"))),
    letters: [["N", "the number of pictures"], ["pᵢ", "the probability that picture i's true class was given"]],
    inputs: [input("p", "p", 0.01, 0.99, 0.01, 0.5)],
    compute: ({ p }) => `−log ${number(p, 2)} = ${number(-Math.log(p))}`,
    view: ["Curves of mnist_cnn", href("lessons", { model: "mnist_cnn" }, "curves")],
    question: ["What loss has a network that gives each of ten classes one tenth?", "−log 0.1 = 2.303: more means that it is sure of what is wrong."],
  },
  {
    id: "overfitting",
    title: "Overfitting",
    slide: "overcome overfitting with dropout: the curves without",
    words: ["fashion_cnn has 356,234 parameters. It goes on to learn its training pictures by heart: their loss falls to 0.03, while that of the pictures kept aside is lowest after epoch 4 (0.233) and then rises to 0.457."],
    formula: row(i("gap"), o("="), sub(i("a"), i("training")), o("−"), sub(i("a"), i("validation"))),
    letters: [["a training", "accuracy on what it learns from"], ["a validation", "accuracy on what it never saw"]],
    inputs: [input("t", "a training, in %", 80, 100, 0.1, 98.9), input("v", "a validation, in %", 80, 100, 0.1, 92.2)],
    compute: ({ t, v }) => `gap = ${number(t - v, 1)} points`,
    view: ["See its curves part", href("lessons", { model: "fashion_cnn" }, "curves")],
    question: ["After which epoch would you have stopped it, and why?", "After epoch 4: there the loss of pictures that it does not learn from is lowest."],
  },
  {
    id: "dropout",
    title: "Dropout",
    slide: "example 3: the same with dropout",
    words: ["In training each unit is silenced by chance at every step, so that no unit can rely on another. The others are scaled up, so that the sum keeps its size. When the network answers, nothing is silenced. The lecture's rates: 0.25, 0.25 and 0.4 after the poolings, 0.3 before the output."],
    formula: row(i("h′"), o("="), over(row(i("m"), i("h")), row(n(1), o("−"), i("r")))),
    letters: [["h", "a unit's number"], ["m", "0 with probability r, else 1"], ["r", "the rate"]],
    inputs: [input("r", "r", 0, 0.9, 0.05, 0.3), input("units", "units", 16, 256, 16, 128)],
    compute: ({ r, units }) => `${Math.round((1 - r) * units)} of ${units} units stay on average, each times ${number(1 / (1 - r), 2)}`,
    view: ["With and without it, side by side", href("lessons", {}, "dropout")],
    question: ["With rate 0.3, what becomes of a unit's number 0.7 that is not silenced?", "0.7 / (1 − 0.3) = 1."],
  },
  {
    id: "recurrence",
    title: "Recurrent networks",
    slide: "recurrent networks",
    words: ["A sequence is read step by step by copies of one network; each passes a message to the next. Here each of the 28 rows of a digit is a step. The same weights serve at every step, so their number does not grow with the length.", "With the slide's 128 units the simple RNN reads 96.2 % of the test digits right, with the 50 of its commented line 91.8 %: the message is what such a network can keep in mind."],
    formula: row(sub(i("h"), i("t")), o("="), i("tanh"), o("("), i("W"), sub(i("x"), i("t")), o("+"), i("U"), sub(i("h"), before), o("+"), i("b"), o(")")),
    letters: [["xₜ", "row t of the picture"], ["hₜ", "the message after it"], ["W, U, b", "the same at each step"]],
    inputs: [input("u", "U", 0, 1, 0.05, 0.8), input("t", "steps later", 1, 27, 1, 10), input("units", "units", 10, 256, 2, 128)],
    compute: ({ u, t, units }) =>
      `of a message of 1, about U to the power t is left. Unrolled, copy by copy: ${unrolled(u, t)}. ${grouped(units)} units: W, U and b have (28 + ${units} + 1) · ${units} = ${grouped((29 + units) * units)} parameters`,
    view: ["Watch a belief form row by row", href("inside", { model: "mnist_rnn", sample: "mnist/4444" })],
    question: ["With U = 0.8, how much of a message is left after ten steps? What does this make hard?", "0.107: what was read early is forgotten before the end."],
  },
  {
    id: "gates",
    title: "Gates",
    slide: "recurrent networks: LSTM and GRU",
    words: ["LSTM and GRU learn what to keep. A gate is a neuron whose answer, between 0 and 1, multiplies the memory: at 1 it is kept whole, at 0 it is forgotten. In the study of three seeds GRU reads 97.29 %, LSTM 97.21 % and the simple RNN 96.16 % of the test digits right."],
    formula: lines(row(sub(i("c"), i("t")), o("="), sub(i("f"), i("t")), sub(i("c"), before), o("+"), sub(i("g"), i("t")), sub(i("c̃"), i("t"))), row(sub(i("f"), i("t")), o("="), i("σ"), o("("), o("…"), o(")"))),
    letters: [["cₜ", "the memory"], ["fₜ", "the forget gate"], ["gₜ", "the input gate"], ["c̃ₜ", "what is new"]],
    inputs: [input("f", "f", 0, 1, 0.01, 0.99), input("t", "rows later", 1, 27, 1, 20)],
    compute: ({ f, t }) => `kept: ${share(f ** t)} of the memory`,
    view: ["Three cells beside each other", href("lessons", {}, "recurrent")],
    question: ["The gate stands at 0.99. How much is kept over 20 rows, and at 0.8?", "0.99 to the 20 is 81.8 %; 0.8 to the 20 is 1.2 %."],
  },
  {
    id: "optimisers",
    title: "Optimisers",
    slide: "optimisers; momentum; implicit SGD",
    words: [
      "Gradient descent takes a step against the slope. With too small a rate it creeps, with too large a one it jumps from wall to wall and away.",
      "Momentum adds a part of the last step. AdaGrad, RMSProp and Adam give each weight a rate of its own. Implicit SGD takes the slope where it is going to land, and stays calm at every rate.",
    ],
    formula: row(i("w"), o("←"), i("w"), o("−"), i("η"), o("∇"), i("J"), o("("), i("w"), o(")")),
    letters: [["w", "the weights"], ["η", "the learning rate"], ["∇J", "the slope of the loss"]],
    inputs: [input("eta", "η", 0.1, 2.5, 0.1, 0.5), input("steps", "steps", 1, 20, 1, 5)],
    compute: ({ eta, steps }) => `on J = w² / 2 from w = 1: w = ${number(descended(eta, steps))} after ${steps} step${steps === 1 ? "" : "s"}`,
    view: ["Play eight methods on a ravine", href("lessons", { surface: "ravine" }, "optimizers")],
    question: ["On J = w² / 2, from which η on does it move away?", "Above 2: each step multiplies w by 1 − η, whose size is then above 1."],
  },
];
