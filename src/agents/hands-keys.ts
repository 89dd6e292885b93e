/*
 * Keys of an agent file that are about what its agent may do: to pass over one would give it more than its author did.
 *
 * K1 A key is known by its words, at any depth, and also where it is misspelt.
 * K2 A name that may mean many things (`write`, `network`, `mode`) is about that where its value allows or refuses.
 */
import { editDistance } from '../definition/source/nearest.ts';
import { isJsonObject } from '../definition/source/source-document.ts';
import type { JsonValue } from '../domain/json.ts';
import { agentKeys, ownKey, plainKey, silentKeys, unusedKeys } from './agent-schema.ts';

const handsWords =
  /tool|permiss?ion|allow|deny|denied|forbid|restrict|sandbox|capabilit|readonly|writable|banned|block(?:ed|list)|blacklist|whitelist|exclude|privilege|approval/;

/** Of keys about hands, those whose misspelling no word gives away; beside the longer ones two wrong letters are near. */
const spelt = ['tools', 'readonly', 'disallowedtools', 'permissionmode'];

const others = new Set([...agentKeys, ...silentKeys, ...unusedKeys].map(plainKey));

const openNames =
  /^(?:bash|shell|terminal|exec(?:ute)?|commands?|read|view|glob|grep|ls|write|edit|multiedit|web|webfetch|fetch|network|internet|access|mode|enabled|disabled?)$/;

const decisions =
  /^(?:allow|allowed|deny|denied|ask|plan|read|read[-_ ]?only|none|no|never|off|limited|restricted|full)$/i;

const callHooks = ['PreToolUse', 'PermissionRequest'];

/** Whether a word before a colon is a key of such files, and not the beginning of a sentence. */
export function isAgentKey(word: string): boolean {
  return others.has(plainKey(word)) || ownKey(word) !== word || saysOfHands(word);
}

/** Whether a key is about what an agent may do, whatever its value is (K1). */
export function saysOfHands(key: string): boolean {
  const plain = plainKey(key);
  if (handsWords.test(plain)) return true;
  return !others.has(plain) && spelt.some((name) => isNear(plain, name));
}

/** Whether a key with its value is about what an agent may do (K1, K2). */
export function isAboutHands(key: string, value: JsonValue): boolean {
  // Servers are no part of an agent here.
  if (key === 'mcpServers') return false;
  // Hooks can refuse a call.
  if (plainKey(key) === 'hooks') return callHooks.some((event) => JSON.stringify(value).includes(event));
  if (saysOfHands(ownKey(key)) || (openNames.test(plainKey(key)) && decides(value, plainKey(key)))) return true;
  return isJsonObject(value) && Object.entries(value).some(([name, each]) => isAboutHands(name, each));
}

function decides(value: JsonValue, key: string): boolean {
  if (typeof value === 'boolean') return key.startsWith('enabl') ? !value : key.startsWith('disabl') ? value : true;
  return typeof value === 'string' && decisions.test(value.trim());
}

// A letter of another script may look like the one in its place.
function isNear(plain: string, name: string): boolean {
  const letters = Array.from(plain);
  const latin = letters.map((letter, at) => (letter > '\u007f' ? (name[at] ?? letter) : letter)).join('');
  const isForeign = letters.filter((letter) => letter > '\u007f').length * 2 > letters.length;
  return !isForeign && editDistance(latin, name) <= (name.length > 8 ? 2 : 1);
}
