// Drawing with the keyboard. Keys act only while the pad has the focus; Tab always leaves it.
//
//   arrows 4 units (Shift 16), Space pen down or up, Enter a dot, + - width, Backspace or Ctrl+Z undo,
//   Delete clear, 0-9 a sample, Esc lifts the pen

import { announce } from "../live.js";
import { sample } from "./samples.js";
import { SIZE } from "./strokes.js";

/** @typedef {import("./pad.js").Pad} Pad */

/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @type {Record<string, (pad: Pad) => void>} */
const ACTIONS = {
  " ": togglePen,
  Enter: (pad) => {
    lift(pad);
    pad.begin(penPoint(pad));
  },
  Escape: lift,
  Backspace: (pad) => {
    lift(pad);
    pad.undo();
  },
  Delete: (pad) => {
    lift(pad);
    pad.clear();
  },
  "+": (pad) => widen(pad, 2),
  "-": (pad) => widen(pad, -2),
};

/** @param {Pad} pad */
export function listenToKeys(pad) {
  pad.canvas.addEventListener("keydown", (event) => {
    if (event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== "z") return;
      ACTIONS.Backspace(pad);
    } else if (event.key in MOVES) {
      const step = event.shiftKey ? 16 : 4;
      move(pad, MOVES[event.key][0] * step, MOVES[event.key][1] * step);
    } else if (/^[0-9]$/.test(event.key)) {
      lift(pad);
      pad.show(sample(Number(event.key)), true);
    } else if (event.key in ACTIONS) {
      ACTIONS[event.key](pad);
    } else {
      return;
    }
    event.preventDefault();
  });
  pad.canvas.addEventListener("focus", () => pad.redraw());
  pad.canvas.addEventListener("blur", () => {
    lift(pad);
    pad.redraw();
  });
}

/** @param {Pad} pad */
function penPoint(pad) {
  return { x: pad.pen.x, y: pad.pen.y, press: 1 };
}

/** @param {Pad} pad @param {number} dx @param {number} dy */
function move(pad, dx, dy) {
  const { pen } = pad;
  pen.x = Math.min(SIZE, Math.max(0, pen.x + dx));
  pen.y = Math.min(SIZE, Math.max(0, pen.y + dy));
  if (!pen.isDown) {
    pad.redraw();
    return;
  }
  pad.drawing.extend(penPoint(pad));
  pad.touch();
}

/** @param {Pad} pad */
function togglePen(pad) {
  if (pad.pen.isDown) {
    lift(pad);
    return;
  }
  pad.pen.isDown = true;
  pad.begin(penPoint(pad));
  announce("Pen down");
}

/** @param {Pad} pad */
function lift(pad) {
  if (!pad.pen.isDown) return;
  pad.pen.isDown = false;
  pad.touch();
  announce("Pen up");
}

/** @param {Pad} pad @param {number} by */
function widen(pad, by) {
  const slider = /** @type {HTMLInputElement} */ (document.getElementById("pen"));
  slider.valueAsNumber = pad.width + by; // the slider holds the bounds
  slider.dispatchEvent(new Event("input"));
}
