/*
 * Keys of an agent file that are about what its agent may do: to pass over one would give it more than its author did.
 *
 * K1 A key is known by its words, at any depth, and also where it is misspelt or has letters that look like others.
 * K2 A name that may mean many things (`write`, `canExecute`, `mode`) is about that where its value allows or refuses.
 * K3 Any other key is about that where its value names tools, or says that one only reads; keys that tell of an agent do not.
 */
import { editDistance } from '../domain/nearest.ts';
import { isJsonObject } from '../definition/source/source-document.ts';
import type { JsonValue } from '../domain/json.ts';
import { agentKeys, ownKey, plainKey, silentKeys, unusedKeys } from './agent-schema.ts';
import { namesTools } from './hands-values.ts';

const handsWords =
  /tool|permiss?ion|allow|deny|denied|forbid|restrict|sandbox|capabilit|readonly|writable|banned|block(?:ed|list)|blacklist|whitelist|exclude|privilege|approval/;

/** Words that say it as a key, and begin many a sentence. */
const keyWords = /approv|confirm|polic(?:y|ies)|functions?$|supervis|autorun|autoaccept|dangerous|unsafe|yolo/;

/** Of keys about hands, those whose misspelling no word gives away; beside the longer ones two wrong letters are near. */
const spelt = ['tools', 'readonly', 'disallowedtools', 'permissionmode', 'maxturns', 'maxtokens'];

const others = new Set([...agentKeys, ...silentKeys, ...unusedKeys].map(plainKey));

const openWord =
  /^(?:bash|shell|terminal|exec(?:ute)?|execution|commands?|run|reads?|view|glob|grep|ls|writes?|edits?|multiedit|modify|delete|web|webfetch|fetch|network|internet|online|offline|filesystem|files?|fs|git|browser|access)$/;

const openNames = /^(?:mode|enabled?|disabled?)$/;

/** First words of keys that hold back, whatever stands behind them. */
const holdingBack = /^(?:only|without|except|limit|ask|can|cannot|cant|may|no|not|never|dont)$/;

const decisions =
  /^(?:true|false|yes|allow|allowed|deny|denied|ask|plan|read|read[-_ ]?only|none|no|never|always|on|off|limited|restricted|full|disabled?|enabled|blocked|forbidden|prompt|confirm)$/i;

/** Keys that tell of an agent, or of what it is asked: their values may well be called as tools are. */
const telling =
  /^(?:icon|emoji|avatar|title|displayname|slug|id|label|keywords?|topics?|languages?|domains?|area|field|role|type|kind|team|owner|maintainer|source|url|homepage|repository|status|triggers?|alias(?:es)?|examples?|related|expertise|specialt(?:y|ies)|specialization|focus|frameworks?|stack|tech(?:nologies)?|summary|notes?|context|user|assistant|commentary)$/;

const callHooks = ['PreToolUse', 'PermissionRequest'];

/** Whether a word before a colon is a key of such files, and not the beginning of a sentence. */
export function isAgentKey(word: string): boolean {
  return others.has(plainKey(word)) || ownKey(word) !== word || saysOfHands(word);
}

/** Whether a key is about what an agent may do, whatever its value is (K1). */
export function saysOfHands(key: string): boolean {
  const plain = latinOf(plainKey(key));
  if (handsWords.test(plain)) return true;
  return !others.has(plainKey(key)) && spelt.some((name) => isNear(plain, name));
}

/** Whether a key is one of ours that holds an agent back, in whatever spelling: hands and limits. */
export function isLimit(key: string): boolean {
  return ['tools', 'disallowed_tools', 'permission_mode', 'readonly', 'max_turns', 'max_tokens'].includes(ownKey(key));
}

/** Whether a key with its value is about what an agent may do (K1 to K3). */
export function isAboutHands(key: string, value: JsonValue): boolean {
  const plain = plainKey(key);
  // Servers are no part of an agent here.
  if (key === 'mcpServers') return false;
  // Hooks can refuse a call.
  if (plain === 'hooks') return callHooks.some((event) => JSON.stringify(value).includes(event));
  if (saysOfHands(ownKey(key)) || decides(key, value)) return true;
  if (!others.has(plain) && !telling.test(plain) && (keyWords.test(plain) || namesTools(value))) return true;
  return isJsonObject(value) && Object.entries(value).some(([name, each]) => isAboutHands(name, each));
}

function decides(key: string, value: JsonValue): boolean {
  const plain = plainKey(key);
  const words = wordsOf(key);
  if (value !== null && !others.has(plain) && holdingBack.test(words[0] ?? '')) return true;
  const isWhole = openWord.test(plain) || openNames.test(plain);
  if (!isWhole && (others.has(plain) || !words.some((word) => openWord.test(word)))) return false;
  if (typeof value === 'number') return isWhole;
  if (typeof value === 'boolean') return plain.startsWith('enabl') ? !value : plain.startsWith('disabl') ? value : true;
  return typeof value === 'string' && decisions.test(value.trim());
}

function wordsOf(key: string): string[] {
  const parted = key.normalize('NFKC').replace(/(?<=[a-z\d])(?=[A-Z])/g, ' ');
  const words = parted.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  // "noBash" and "nobash" alike
  const [, first, rest] = /^(no|can|only)([a-z]{2,})$/.exec(words.join('')) ?? [];
  return words.length === 1 && rest !== undefined && openWord.test(rest) ? [first!, rest] : words;
}

// Letters of other scripts that look like Latin ones, each below the one it looks like.
const lookalikes = 'аеорсухіѕјԁӏտοραειτυνкмтвαо01';
const looks = 'aeopcyxisjdltopaeituvkmtbaool';

function latinOf(plain: string): string {
  const bare = plain.normalize('NFD').replace(/\p{M}/gu, '');
  return Array.from(bare, (letter) => looks[lookalikes.indexOf(letter)] ?? letter).join('');
}

// A letter of another script may look like the one in its place.
function isNear(plain: string, name: string): boolean {
  const letters = Array.from(plain);
  const latin = letters.map((letter, at) => (letter > '\u007f' ? (name[at] ?? letter) : letter)).join('');
  const isForeign = letters.filter((letter) => letter > '\u007f').length * 2 > letters.length;
  return !isForeign && editDistance(latin, name) <= (name.length > 8 ? 2 : 1);
}
