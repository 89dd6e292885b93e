/** A piece of text that is left out wherever it stands. `begins` is how it always begins: most requests have none of it. */
export interface VolatileText {
  begins: string;
  pattern: RegExp;
}

/** What an agent's program puts into a request that differs between two sessions which do the same. */
interface Volatile {
  /** Members of the body's outermost object. */
  members: readonly string[];
  /** Members that are lists whose items have an `id` of the session's own. */
  lists: readonly string[];
  /** Headers whose value is an id of the session; it may stand in the body, too. */
  ids: readonly string[];
  /** As the body's JSON has them. */
  texts: readonly VolatileText[];
}

/**
 * By the program. What one of them does is left out of every request: none of it is anything that an answer should depend on.
 *
 * @internal
 */
const volatileParts = {
  claude: {
    // Account, device and session in one text.
    members: ['metadata'],
    lists: [],
    ids: ['x-claude-code-session-id'],
    texts: [
      // Version and a checksum of the request, as the first block of the system prompt.
      { begins: 'x-anthropic-billing-header:', pattern: /x-anthropic-billing-header:[^"\\]*/g },
      // The day on which it runs: in bare mode, and whole.
      { begins: String.raw`\nDate: `, pattern: /\\nDate: \d{4}-\d\d-\d\d/g },
      { begins: "Today's date is ", pattern: /Today's date is \d{4}-\d\d-\d\d/g },
      // Where it keeps what was too long to be sent, and what a command in the background writes.
      { begins: '/tool-results/', pattern: /\/tool-results\/\w{1,40}/g },
      { begins: 'running in background with ID: ', pattern: /running in background with ID: \w{1,40}/g },
      { begins: '/tasks/', pattern: /\/tasks\/\w{1,40}(?=\.output)/g },
    ],
  },
  codex: {
    members: ['client_metadata', 'prompt_cache_key'],
    lists: ['input'],
    ids: ['session_id', 'conversation_id', 'session-id', 'thread-id', 'x-client-request-id'],
    texts: [
      // Items of the conversation have names of their own; those of calls are the model's, and stay.
      { begins: '"id":"', pattern: /"id":"(?:msg|rs|fc|fco)_[\w-]{1,100}(?=")/g },
      // How a command went, measured, or what it is called while it goes on.
      { begins: 'Chunk ID: ', pattern: /Chunk ID: [0-9a-f]{1,32}/g },
      { begins: 'Wall time: ', pattern: /Wall time: \d+(?:\.\d+)? seconds/g },
      { begins: 'Process running with session ID ', pattern: /Process running with session ID \d{1,10}/g },
      { begins: '<current_date>', pattern: /<current_date>[^<]{1,40}</g },
    ],
  },
  pi: {
    members: ['prompt_cache_key', 'user', 'safety_identifier'],
    lists: [],
    ids: ['session_id', 'x-session-affinity'],
    texts: [
      { begins: 'Current date: ', pattern: /Current date: \d{4}-\d\d-\d\d/g },
      // Where it keeps what was too long to be sent.
      { begins: '/pi-bash-', pattern: /\/pi-bash-[0-9a-f]{16}/g },
    ],
  },
} as const satisfies Record<string, Volatile>;

const all: readonly Volatile[] = Object.values(volatileParts);

/** Members of a body that are left out. */
export const volatileMembers: ReadonlySet<string> = new Set(all.flatMap(({ members }) => members));

/** Members of a body whose items are looked at without their ids. */
export const volatileLists: ReadonlySet<string> = new Set(all.flatMap(({ lists }) => lists));

/** Headers whose values are left out wherever they stand. */
export const idHeaders: readonly string[] = [...new Set(all.flatMap(({ ids }) => ids))];

/** Pieces of text that are left out. */
export const volatileTexts: readonly VolatileText[] = all.flatMap(({ texts }) => texts);
