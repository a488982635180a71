// The first stops of the guided path in the lecture's order: from the neuron to pooling.

import { grouped } from "../format.js";
import { href } from "../router.js";
import { i, input, lines, n, number, o, over, row, share, sigmoid, sub } from "./maths.js";

/** What layers of so many units have to learn, layer by layer. @param {number[]} units */
function deepSum(units) {
  const layers = units.slice(1).map((out, at) => [units[at] + 1, out]);
  const sum = layers.reduce((all, [weights, out]) => all + weights * out, 0);
  return `${units.join(" → ")}: ${layers.map((layer) => layer.join(" · ")).join(" + ")} = ${grouped(sum)} parameters`;
}

/** @type {import("./maths.js").Stop[]} */
export const FIRST_STOPS = [
  {
    id: "neuron",
    title: "A single neuron",
    slide: "single neuron, binary class",
    words: [
      "A neuron multiplies each of its inputs by a weight, adds all up with a bias, and turns the sum into an answer.",
      "mnist_neuron looks at the 784 pixels of a digit and says how likely it is odd. It has 784 weights and one bias.",
    ],
    formula: lines(row(i("z"), o("="), i("w"), o("·"), i("x"), o("+"), i("b")), row(o("="), sub(i("w"), n(1)), sub(i("x"), n(1)), o("+"), o("…"), o("+"), i("b"))),
    letters: [["x", "the inputs, here pixels from 0 to 1"], ["w", "a weight for each"], ["b", "the bias"], ["z", "the weighted sum"]],
    inputs: [input("x", "x", 0, 1, 0.1, 0.8), input("w", "w", -4, 4, 0.1, 2.5), input("b", "b", -2, 2, 0.1, 0.5)],
    compute: ({ w, x, b }) => `z = ${number(w, 1)} · ${number(x, 1)} + ${number(b, 1)} = ${number(w * x + b, 2)}`,
    view: ["See its 784 weights as a picture", href("inside", { model: "mnist_neuron" })],
    question: ["Why has mnist_neuron 785 parameters and not 784?", "784 weights, one for each pixel, and one bias."],
  },
  {
    id: "activation",
    title: "Activation",
    slide: "single neuron, weighted sum and activation",
    words: ["The sum may be any number. The sigmoid brings it between 0 and 1, so that it can be read as a probability; at 0 it is one half. Hidden layers here use ReLU, which keeps what is above 0 and makes the rest 0."],
    formula: row(i("p"), o("="), i("σ"), o("("), i("z"), o(")"), o("="), over(n(1), row(n(1), o("+"), `<msup>${i("e")}${row(o("−"), i("z"))}</msup>`))),
    letters: [["z", "the weighted sum"], ["p", "the probability of the second class, odd"]],
    inputs: [input("z", "z", -6, 6, 0.01, 2.51)],
    compute: ({ z }) => `σ(${number(z, 2)}) = ${share(sigmoid(z))}, ReLU(${number(z, 2)}) = ${number(Math.max(0, z), 2)}`,
    view: ["See a sum become an answer", href("inside", { model: "mnist_neuron", sample: "mnist/42" })],
    question: ["A neuron's sum is 2.51. How sure is it of odd?", "92.5 %: σ(2.51) = 1 / (1 + e to the −2.51) = 0.925."],
  },
  {
    id: "shallow",
    title: "A shallow network",
    slide: "shallow learning, binary class",
    words: ["Between input and output stands one hidden layer. Each of its units is a neuron of its own on the same pixels; the output is a neuron on their answers. Without the activation between them the two layers would be one weighted sum again."],
    formula: lines(
      row(i("h"), o("="), i("relu"), o("("), sub(i("W"), n(1)), i("x"), o("+"), sub(i("b"), n(1)), o(")")),
      row(i("p"), o("="), i("σ"), o("("), sub(i("w"), n(2)), o("·"), i("h"), o("+"), sub(i("b"), n(2)), o(")")),
    ),
    letters: [["h", "the hidden units' numbers"], ["W₁, b₁", "weights and biases of the hidden layer"], ["w₂, b₂", "those of the output"]],
    inputs: [input("a", "w₁", -3, 3, 0.1, 1.5), input("c", "w₂", -3, 3, 0.1, -2), input("x", "x", -1, 1, 0.1, 0.6)],
    compute: ({ a, c, x }) => `hidden ${number(Math.max(0, a * x), 2)}, p = ${share(sigmoid(c * Math.max(0, a * x)))}`,
    view: ["Compare it with the single neuron", href("lessons", {}, "depth")],
    question: ["Which part keeps two layers from being one weighted sum?", "The activation between them: a sum of sums is a sum, but ReLU bends it."],
  },
  {
    id: "deep",
    title: "Deep learning",
    slide: "deep learning: several hidden layers",
    words: [
      "A deep network repeats it: each layer takes the numbers of the last one. mnist_deep has hidden layers of 64, 32 and 16 units.",
      "On this question the first hidden layer brings nearly all: a neuron alone reads 90.0 % of the test digits right, one hidden layer 98.4 %, three 98.6 %, which is less than three seeds differ by.",
    ],
    formula: lines(row(sub(i("h"), i("l")), o("="), i("relu"), o("("), sub(i("W"), i("l")), sub(i("h"), row(i("l"), o("−"), n(1))), o("+"), sub(i("b"), i("l")), o(")")), row(sub(i("h"), n(0)), o("="), i("x"))),
    letters: [["l", "the layer, 1, 2, 3"], ["hₗ", "its numbers, one for each unit"]],
    inputs: [input("l", "hidden layers", 1, 3, 1, 3)],
    compute: ({ l }) => deepSum([784, ...[64, 32, 16].slice(0, l), 1]),
    view: ["See the layers of mnist_deep", href("inside", { model: "mnist_deep" })],
    question: ["Does the step from one hidden layer to three win here?", "It cannot be told: 98.4 % and 98.6 % lie nearer to each other than the seeds do."],
  },
  {
    id: "parameters",
    title: "Counting parameters",
    slide: "deep learning: a large number of parameters",
    words: ["Every unit of a dense layer has a weight for each number that it takes, and a bias. Most parameters of a network on pictures stand in its first dense layer."],
    formula: row(i("P"), o("="), o("("), sub(i("n"), i("in")), o("+"), n(1), o(")"), o("·"), sub(i("n"), i("out"))),
    letters: [["n in", "numbers that come in"], ["n out", "units of the layer"], ["+ 1", "the bias of each unit"]],
    inputs: [input("units", "hidden units", 8, 128, 8, 64)],
    compute: ({ units }) => `(784 + 1) · ${units} + (${units} + 1) · 1 = ${grouped(785 * units + units + 1)} parameters`,
    view: ["Networks by parameters and mistakes", href("lessons", {}, "depth")],
    question: ["How many parameters has a network 784 → 64 → 1?", "785 · 64 + 65 · 1 = 50,240 + 65 = 50,305. With hidden layers of 64, 32 and 16 there are 52,865."],
  },
  {
    id: "convolution",
    title: "Convolution",
    slide: "convolution; filters",
    words: ["A small grid of weights, the kernel, slides over the picture. At every place it is multiplied with what lies under it, and the products are summed. As the lecture writes it the kernel is not flipped; strictly that is a cross-correlation."],
    formula: lines(row(o("("), i("I"), o("∗"), i("K"), o(")"), o("["), i("x"), o(","), i("y"), o("]"), o("=")), row(`<munder>${o("∑")}${i("i")}</munder>`, `<munder>${o("∑")}${i("j")}</munder>`, i("K"), o("["), i("i"), o(","), i("j"), o("]"), i("I"), o("["), i("x"), o("+"), i("i"), o("−"), n(1), o(","), i("y"), o("+"), i("j"), o("−"), n(1), o("]"))),
    letters: [["I", "the picture"], ["K", "the kernel, or filter"], ["i, j", "places in the kernel"]],
    inputs: [input("left", "pixels at the left", 0, 255, 5, 40), input("right", "pixels at the right", 0, 255, 5, 200)],
    compute: ({ left, right }) => `columns −1, 0, 1 of three rows: 3 · ${right} − 3 · ${left} = ${number(3 * right - 3 * left, 0)}`,
    view: ["Slide it over a picture", href("filters", { kernel: "-1,0,1;-1,0,1;-1,0,1", div: 1, scale: "centre" })],
    question: ["What does this kernel give where all pixels are alike?", "0: its weights sum to 0, so it answers to edges alone."],
  },
  {
    id: "size",
    title: "Stride and padding",
    slide: "size; stride and padding",
    words: ["The kernel must lie within the picture, so what comes out is smaller. Padding puts a rim around the picture; P counts both sides together. A stride of 2 takes every second place."],
    formula: row(sub(i("W"), i("c")), o("="), o("⌊"), over(row(i("W"), o("−"), i("F"), o("+"), i("P")), i("S")), o("⌋"), o("+"), n(1)),
    letters: [["W", "width of the picture"], ["F", "width of the kernel"], ["P", "padding of both sides together"], ["S", "stride"]],
    inputs: [input("W", "W", 3, 32, 1, 7), input("F", "F", 1, 7, 1, 3), input("P", "P", 0, 6, 1, 0), input("S", "S", 1, 4, 1, 1)],
    compute: ({ W, F, P, S }) => (F > W + P ? "the kernel is wider than the picture" : `⌊(${W} − ${F} + ${P}) / ${S}⌋ + 1 = ${Math.floor((W - F + P) / S) + 1}`),
    view: ["Try stride and padding", href("filters", { filter: "box_blur", stride: 2, padding: "valid", scale: "clip" })],
    question: ["A picture 7 wide, a kernel 3 wide, stride 1. How wide is the result, and which P keeps it at 7?", "(7 − 3) / 1 + 1 = 5; P = 2, one pixel at each side, gives 7."],
  },
  {
    id: "pooling",
    title: "Max pooling",
    slide: "max pooling, downsampling",
    words: ["Of each window of 2 × 2 numbers the largest is kept. The map becomes half as wide and half as high, and where exactly in its window an edge lay no longer matters. Pooling has no parameters."],
    formula: lines(row(sub(i("y"), row(i("i"), o(","), i("j"))), o("=")), row(i("max"), o("("), sub(i("x"), row(n(2), i("i"), o(","), n(2), i("j"))), o(","), o("…"), o(","), sub(i("x"), row(n(2), i("i"), o("+"), n(1), o(","), n(2), i("j"), o("+"), n(1))), o(")"))),
    letters: [["x", "numbers of the map"], ["y", "the largest of four"]],
    inputs: ["a", "b", "c", "d"].map((name, index) => input(name, name, 0, 9, 1, [3, 1, 7, 4][index])),
    compute: ({ a, b, c, d }) => `the largest of ${a}, ${b}, ${c}, ${d} is ${Math.max(a, b, c, d)}`,
    view: ["See pooling after a filter", href("filters", { filter: "edge_detection", scale: "abs", steps: "kernel/max_pool:2:2:valid" })],
    question: ["A map of 26 × 26 is pooled by 2 × 2 with stride 2. What comes out?", "13 × 13: a quarter of the numbers."],
  },
];
