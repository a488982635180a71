// Runs networks beside the page, so that a large one holds no frame up.
//
//   {name, bytes} -> the network is kept      {turn, name, tensor} -> {turn, name, row}

import { Network } from "./network.js";

/** @type {Map<string, Network>} */
const networks = new Map();

/** @typedef {{name: string, bytes: ArrayBuffer} | {turn: number, name: string, tensor: Float32Array}} Message */

self.addEventListener("message", ({ data }) => {
  const message = /** @type {Message} */ (data);
  if ("bytes" in message) {
    networks.set(message.name, new Network(new Uint8Array(message.bytes)));
    return;
  }
  const row = networks.get(message.name)?.run(message.tensor) ?? null;
  self.postMessage({ turn: message.turn, name: message.name, row });
});
