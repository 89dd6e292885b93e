import type { PayloadKeys } from '../domain/temporal-target.ts';
import { ConfigError } from './environment.ts';

const keysName = 'GAFFER_PAYLOAD_KEYS';
const currentName = 'GAFFER_ENCRYPT_WITH';
const keyBytes = 32;
/** What `GAFFER_ENCRYPT_WITH` says where keys only open what is encrypted already. */
const withNone = 'none';

/**
 * The keys that payloads are encrypted with, as the environment names them; null: none. No message shows a key.
 *
 * @throws ConfigError naming the variable
 */
export function readPayloadKeys(texts: { keys: string | null; current: string | null }): PayloadKeys | null {
  if (texts.keys === null) {
    if (texts.current === null || texts.current === withNone) return null;
    throw new ConfigError(currentName, `names the key ${shown(texts.current)}, and ${keysName} is not set`);
  }
  const keys = new Map<string, string>();
  for (const [index, part] of texts.keys
    .split(/[\s,]+/)
    .filter(Boolean)
    .entries()) {
    const [, id, key] = /^([\w.-]{1,64}):([A-Za-z0-9+/_=-]+)$/.exec(part) ?? [];
    const problem =
      id === undefined || key === undefined
        ? 'is not ID:KEY'
        : Buffer.from(key, 'base64').length !== keyBytes
          ? `(${shown(id)}) has not ${keyBytes} bytes in base64`
          : id === withNone || keys.has(id)
            ? `(${shown(id)}) has an id that ${id === withNone ? 'means none' : 'comes twice'}`
            : null;
    if (problem !== null) {
      const way = 'one such key: "2026-11:$(openssl rand -base64 32)"; several with commas, the first encrypts';
      throw new ConfigError(keysName, `entry ${index + 1} ${problem}; ${way}`);
    }
    keys.set(id!, key!);
  }
  const [first] = keys.keys();
  const current = texts.current ?? first!;
  if (current !== withNone && !keys.has(current)) {
    const known = [...keys.keys()].map(shown).join(', ');
    throw new ConfigError(
      currentName,
      `names the key ${shown(current)}, which is not in ${keysName} (${known}); ${withNone} encrypts nothing`,
    );
  }
  return { keys: Object.fromEntries(keys), current: current === withNone ? null : current };
}

// Whoever takes key and id for each other has set a key where an id is told.
function shown(id: string): string {
  return id.length < keyBytes ? `"${id}"` : 'that is as long as a key (not shown)';
}
