/*
 * A key is `gfr_ID_SECRET`: the ID says which one it is and may be shown, the SECRET are 256 random bits in base64url. The fixed
 * beginning lets a scanner of leaked secrets, and our own masks, know it when they see it.
 */

const shape = /^gfr_([a-z2-7]{10})_([A-Za-z0-9_-]{43})$/;

/** What of a key may be shown: it tells keys apart and opens nothing. */
export function keyPrefix(id: string): string {
  return `gfr_${id}`;
}

/** A whole key. */
export function toKey(id: string, secret: string): string {
  return `${keyPrefix(id)}_${secret}`;
}

/** The parts of a key; null when the text cannot be one. */
export function parseKey(text: string): { id: string; secret: string } | null {
  const [, id, secret] = shape.exec(text) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret };
}
