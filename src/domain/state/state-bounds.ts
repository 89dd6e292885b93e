/** What the shared state of a run may be at most; beyond, whoever writes is told. */
export const stateBounds = {
  /** Characters of a key. */
  keyLength: 120,
  /** Bytes of a value as JSON: it fits whole into what a tool answers. */
  valueBytes: 24_000,
  /** Keys of a run. */
  keys: 1000,
  /** Versions of a key that are kept, the newest ones. */
  versions: 1000,
  /** Locks that one attempt holds or waits for at a time. */
  locksPerAttempt: 20,
  /** How long a lock is held without a word, in ms: as it is, and at most. */
  leaseMs: 300_000,
  longestLeaseMs: 3_600_000,
  /** How long a call waits, in ms: as it is, and at most. */
  waitMs: 600_000,
  longestWaitMs: 86_400_000,
} as const;

const keyPattern = /^[A-Za-z0-9_][A-Za-z0-9_./:-]*$/;

/** Why a text cannot be a key of the shared state, in words; null: it can. */
export function stateKeyProblem(key: string): string | null {
  const { keyLength } = stateBounds;
  if (key.length > keyLength) return `a key has at most ${keyLength} characters, and this one has ${key.length}`;
  if (keyPattern.test(key)) return null;
  return 'a key is made of letters, digits, "_", "-", ".", "/" and ":", and begins with a letter, a digit or "_"';
}
