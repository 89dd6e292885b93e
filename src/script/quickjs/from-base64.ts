const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes of a base64 text that has its padding. A workflow has neither Node's Buffer nor `atob`. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(128);
  for (let index = 0; index < 64; index++) values[alphabet.charCodeAt(index)] = index;
  const value = (at: number): number => values[text.charCodeAt(at)]!;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  // What the padding stands for falls off the end of the array.
  for (let from = 0, to = 0; from < text.length; from += 4) {
    const three = (value(from) << 18) | (value(from + 1) << 12) | (value(from + 2) << 6) | value(from + 3);
    bytes[to++] = three >> 16;
    bytes[to++] = (three >> 8) & 255;
    bytes[to++] = three & 255;
  }
  return bytes;
}
