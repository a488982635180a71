// Large photographs are made smaller before they are sent: the networks read a copy of a thousand pixels anyway, and
// what a phone takes today is larger than the service lets in.

export const LARGEST = 3_000_000; // bytes that are sent as they are
export const LONGEST = 2560; // pixels of a smaller copy: room to mark a box in it
const QUALITY = 0.92;

/** @param {Blob} file */
export function isLarge(file) {
  return file.size > LARGEST;
}

/**
 * The picture upright, as a JPEG of at most LONGEST pixels; as it is where it is not larger, or no picture to this browser.
 * @param {Blob} file
 * @returns {Promise<Blob>}
 */
export async function smaller(file) {
  const whole = await createImageBitmap(file).catch(() => null);
  if (!whole) return file;
  const scale = LONGEST / Math.max(whole.width, whole.height);
  if (scale >= 1) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(whole.width * scale));
  canvas.height = Math.max(1, Math.round(whole.height * scale));
  const context = canvas.getContext("2d");
  if (!context) return file;
  context.fillStyle = "white"; // what a JPEG has for transparency
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, canvas.width, canvas.height);
  whole.close();
  return new Promise((resolve) => {
    canvas.toBlob((copy) => resolve(copy ?? file), "image/jpeg", QUALITY);
  });
}
