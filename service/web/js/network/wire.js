// Protocol Buffers' wire format, read: a message as its fields, in their order.
//
//   bytes -> fields(bytes): number, and a number or the bytes of what is inside
//
// https://protobuf.dev/programming-guides/encoding/

/**
 * A field: `value` of a whole number or a fixed one, `bytes` of what has a length.
 * @typedef {{number: number, value: number, bytes: Uint8Array}} Field
 */

const NOTHING = new Uint8Array();
const VARINT = 0;
const EIGHT_BYTES = 1;
const LENGTH = 2;
const FOUR_BYTES = 5;
const LONGEST_VARINT = 10;
const TEXT = new TextDecoder();

/**
 * @param {Uint8Array} bytes of a message
 * @returns {Generator<Field>} raises RangeError where the bytes are no message
 */
export function* fields(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = { place: 0 };
  while (at.place < bytes.length) {
    const tag = varint(bytes, at);
    const number = Math.floor(tag / 8);
    const kind = tag % 8;
    if (kind === VARINT) {
      yield { number, value: varint(bytes, at), bytes: NOTHING };
    } else if (kind === LENGTH) {
      const length = varint(bytes, at);
      yield { number, value: 0, bytes: taken(bytes, at, length) };
    } else if (kind === FOUR_BYTES) {
      yield { number, value: view.getFloat32(at.place, true), bytes: taken(bytes, at, 4) };
    } else if (kind === EIGHT_BYTES) {
      yield { number, value: view.getFloat64(at.place, true), bytes: taken(bytes, at, 8) };
    } else {
      throw new RangeError(`Field ${number} has the wire type ${kind}, which is none that is in use.`);
    }
  }
}

/** Whole numbers one behind the other, as a packed repeated field has them. @param {Uint8Array} bytes */
export function varints(bytes) {
  const at = { place: 0 };
  const numbers = [];
  while (at.place < bytes.length) numbers.push(varint(bytes, at));
  return numbers;
}

/** @param {Uint8Array} bytes */
export function text(bytes) {
  return TEXT.decode(bytes);
}

/**
 * A whole number in groups of seven bits, the lowest first; of 64 bits in two's complement, exact up to 2^53.
 * @param {Uint8Array} bytes
 * @param {{place: number}} at
 */
function varint(bytes, at) {
  let [low, high] = [0, 0];
  for (let count = 0; count < LONGEST_VARINT; count += 1) {
    if (at.place >= bytes.length) throw new RangeError("The file ends within a number.");
    const byte = bytes[at.place];
    at.place += 1;
    if (count < 4) low += (byte & 127) * 2 ** (7 * count);
    else high += (byte & 127) * 2 ** (7 * (count - 4));
    if (byte < 128) return low + (high >= 2 ** 35 ? high - 2 ** 36 : high) * 2 ** 28;
  }
  throw new RangeError("A number has more than ten bytes.");
}

/** @param {Uint8Array} bytes @param {{place: number}} at @param {number} length */
function taken(bytes, at, length) {
  const end = at.place + length;
  if (end > bytes.length) throw new RangeError("The file ends within a field.");
  const part = bytes.subarray(at.place, end);
  at.place = end;
  return part;
}
