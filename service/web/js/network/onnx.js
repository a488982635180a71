// An ONNX file to a graph: nodes in their order, weights as typed arrays, inputs with their shapes.
//
//   bytes -> ModelProto -> GraphProto -> nodes, initializers, inputs, outputs
//
// Only what the networks that are served hold: float32 and int64 weights in the file itself.
// The numbers of the fields: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

import { fields, text, varints } from "./wire.js";

/** @typedef {import("./types.js").Attribute} Attribute */
/** @typedef {import("./types.js").Graph} Graph */
/** @typedef {import("./types.js").Node} Node */
/** @typedef {import("./types.js").Tensor} Tensor */

const GRAPH_OF_MODEL = 7;
const FLOAT32 = 1;
const INT64 = 7;

/** @param {Uint8Array} bytes of the file @returns {Graph} raises RangeError that says what cannot be read */
export function readOnnx(bytes) {
  const found = [...fields(bytes)].find(({ number }) => number === GRAPH_OF_MODEL); // to the end: it may be cut off
  if (!found) throw new RangeError("The file holds no graph.");
  return graph(found.bytes);
}

/** @param {Uint8Array} bytes @returns {Graph} */
function graph(bytes) {
  /** @type {Graph} */
  const read = { nodes: [], weights: new Map(), inputs: [], outputs: [] };
  for (const { number, bytes: inner } of fields(bytes)) {
    if (number === 1) read.nodes.push(node(inner));
    else if (number === 5) read.weights.set(...weight(inner));
    else if (number === 11) read.inputs.push(valueInfo(inner));
    else if (number === 12) read.outputs.push(valueInfo(inner).name);
  }
  read.inputs = read.inputs.filter(({ name }) => !read.weights.has(name)); // older files list weights there too
  return read;
}

/** @param {Uint8Array} bytes @returns {Node} */
function node(bytes) {
  /** @type {Node} */
  const read = { type: "", domain: "", inputs: [], outputs: [], attributes: new Map() };
  for (const { number, bytes: inner } of fields(bytes)) {
    if (number === 1) read.inputs.push(text(inner));
    else if (number === 2) read.outputs.push(text(inner));
    else if (number === 4) read.type = text(inner);
    else if (number === 5) read.attributes.set(...attribute(inner));
    else if (number === 7) read.domain = text(inner);
  }
  return read;
}

/** @param {Uint8Array} bytes @returns {[string, Attribute]} */
function attribute(bytes) {
  let name = "";
  /** @type {Attribute} */
  let value = 0;
  /** @type {number[]} */
  const list = [];
  for (const field of fields(bytes)) {
    if (field.number === 1) name = text(field.bytes);
    else if (field.number === 2 || field.number === 3) value = field.value;
    else if (field.number === 4) value = field.bytes;
    else if (field.number === 7) list.push(...(field.bytes.length > 4 ? floats(field.bytes) : [field.value]));
    else if (field.number === 8) list.push(...(field.bytes.length ? varints(field.bytes) : [field.value]));
  }
  return [name, list.length ? list : value];
}

/** @param {Uint8Array} bytes of a TensorProto @returns {[string, Tensor]} */
function weight(bytes) {
  let [name, type] = ["", 0];
  /** @type {number[]} */
  const shape = [];
  /** @type {Uint8Array | null} */
  let raw = null;
  for (const field of fields(bytes)) {
    if (field.number === 1) shape.push(...(field.bytes.length ? varints(field.bytes) : [field.value]));
    else if (field.number === 2) type = field.value;
    else if (field.number === 8) name = text(field.bytes);
    else if (field.number === 9) raw = field.bytes;
  }
  const count = shape.reduce((product, side) => product * side, 1);
  if (!raw || raw.length !== count * (type === INT64 ? 8 : 4) || (type !== FLOAT32 && type !== INT64)) {
    throw new RangeError(`The weights ${name} are not float32 or int64 in the file itself.`);
  }
  return [name, { shape, values: type === FLOAT32 ? floats(raw) : whole(raw) }];
}

/** Little-endian as every browser's machine; copied, so that they begin at a multiple of four. @param {Uint8Array} bytes */
function floats(bytes) {
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** Little-endian int64 (axes, hardly ever large). @param {Uint8Array} bytes */
function whole(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 8 }, (_, i) => Number(view.getBigInt64(8 * i, true)));
}

/** Name and shape of a graph's input or output. @param {Uint8Array} bytes */
function valueInfo(bytes) {
  let name = "";
  /** @type {number[]} */
  let shape = [];
  for (const { number, bytes: inner } of fields(bytes)) {
    if (number === 1) name = text(inner);
    else if (number === 2) shape = sides(inner);
  }
  return { name, shape };
}

/** TypeProto -> tensor_type -> shape -> dim -> dim_value. @param {Uint8Array} bytes */
function sides(bytes) {
  /** @param {Uint8Array} outer @param {number} wanted */
  const within = (outer, wanted) => [...fields(outer)].filter(({ number }) => number === wanted);
  return within(bytes, 1)
    .flatMap((tensor) => within(tensor.bytes, 2))
    .flatMap((shape) => within(shape.bytes, 1))
    .map((side) => within(side.bytes, 1)[0]?.value ?? 1);
}
