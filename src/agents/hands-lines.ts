/*
 * Lines of loose front matter that could be meant as a key about what an agent may do, in whatever spelling.
 *
 * Such a line is never text: nobody but its author could say which of the two it is.
 */
import { ownKey } from './agent-schema.ts';
import { isAboutHands, isLimit, saysOfHands } from './hands-keys.ts';
import { namesTools } from './hands-values.ts';

/** Other characters that are read as a colon, once the wide ones are made narrow. */
const separator = /[:=∶꞉ː→]/;

const mostWords = 4;

/** The key that a line of text could be meant as; null: it is none. */
export function handsIn(line: string): string | null {
  const plain = line.normalize('NFKC').replace(/\p{Cf}/gu, '');
  if (/^\s*#/.test(plain)) return null;
  const parts = /^\s*\{/.test(plain) ? plain.split(/[{},]/) : plain.split(/[\n\v\f\u0085\u2028\u2029]/);
  for (const part of parts) {
    const key = keyIn(part);
    if (key !== null) return key;
  }
  return null;
}

function keyIn(line: string): string | null {
  const at = line.search(separator);
  const words = line.slice(0, at === -1 ? undefined : at).match(/[\p{L}\p{N}_.-]*[\p{L}\p{N}]/gu) ?? [];
  const key = words.join(' ').replace(/^[-_.]+/, '');
  if (key === '') return null;
  if (at === -1) {
    const [first, ...rest] = key.split(' ');
    // "permissionMode plan"; a line that begins with "tools" may well be a sentence.
    const isShort = isLimit(first!) && ownKey(first!) !== 'tools' && rest.length < 2;
    return isShort || (saysOfHands(first!) && namesTools(rest.join(' '))) ? first! : null;
  }
  if (words.length > mostWords && key.length > 30) return null;
  const value = line.slice(at + 1).trim();
  if (isLimit(key) || isAboutHands(key.replaceAll(' ', '_'), looseScalar(value)))
    return isWide(key, value) ? null : key;
  return null;
}

// Descriptions have such chapters.
function isWide(key: string, value: string): boolean {
  return key.includes(' ') && /capabilit/i.test(key) && !namesTools(value);
}

function looseScalar(value: string): string | number | boolean {
  const bare = value.replace(/[\s,;}]+$/, '').replace(/^(["'])(.*)\1$/, '$2');
  if (/^(?:true|false)$/i.test(bare)) return bare.toLowerCase() === 'true';
  return /^\d{1,9}$/.test(bare) ? Number(bare) : bare;
}

/** What stands in an example is text, unless it is the only word about something that holds the agent back. */
export function isHiddenInExample(key: string, said: ReadonlySet<string>): boolean {
  const own = ownKey(key);
  if (said.has(own)) return false;
  if (isLimit(key) && own !== 'tools') return true;
  return said.size === 0 && (isLimit(key) || (!key.includes(' ') && saysOfHands(key)));
}
