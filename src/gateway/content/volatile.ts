/** Programs whose requests are known. */
export type Program = 'claude' | 'codex' | 'pi';

/** A piece of text as a program writes it: of a match its groups are kept, and what lies between them is left out. */
type Piece = RegExp;

/** What an agent's program puts into a request that differs between two sessions which do the same, by where it stands. */
export interface Volatile {
  /** Members of the body's outermost object. */
  members: readonly string[];
  /** Ids of items of the session's own; null: its items have none. */
  itemIds: RegExp | null;
  /** Headers whose value is the session's UUID; that may stand in the texts below, too. */
  ids: readonly string[];
  /** In what the program says as the system. */
  instructions: readonly Piece[];
  /** In blocks that the program puts before a person's words, which begin so. */
  reminders: { begins: string; pieces: readonly Piece[] } | null;
  /** In what its tools say: how that begins or ends. */
  results: readonly Piece[];
}

/** By the program: found with two sessions of each that did the same. Of any other nothing is left out. */
export const volatileParts: Readonly<Record<Program, Volatile>> = {
  claude: {
    // Account, device and session in one text.
    members: ['metadata'],
    itemIds: null,
    ids: ['x-claude-code-session-id'],
    instructions: [
      // Version and a checksum of the request: a block of its own.
      /^(x-anthropic-billing-header:)[^\n]{0,300}$/,
      // The day on which it runs: in bare mode, and whole.
      /^(Date: )\d{4}-\d\d-\d\d$/gm,
      /(Today's date is )\d{4}-\d\d-\d\d/g,
    ],
    reminders: { begins: '<system-reminder>', pieces: [/(Today's date is )\d{4}-\d\d-\d\d/g] },
    results: [
      // Where it keeps what was too long to be sent, and what a command in the background writes.
      /^((?:<persisted-output>\n)?Output too large \([^)\n]{1,20}\)\. Full output saved to: \/[^\n]{1,1000}\/tool-results\/)\w{1,40}(\.\w{1,10})(?=\n|$)/,
      /^(Command running in background with ID: )\w{1,40}(\. Output is being written to: \/[^\n]{1,1000}\/tasks\/)\w{1,40}(\.output)/,
    ],
  },
  codex: {
    members: ['client_metadata', 'prompt_cache_key'],
    // Those of calls (`call_id`) are the model's, and stay.
    itemIds: /^(?:msg|rs|fc|fco|ctc|ctco)_[\w-]{1,100}$/,
    ids: ['session_id', 'conversation_id', 'session-id', 'thread-id', 'x-client-request-id'],
    instructions: [],
    reminders: { begins: '<environment_context>', pieces: [/(<current_date>)[\d-]{1,20}(<\/current_date>)/] },
    // How a command went, measured, and what it is called while it goes on.
    results: [
      /^(?:(Chunk ID: )[0-9a-f]{1,32}(\n))?(Wall time: )\d{1,10}(?:\.\d{1,20})?( seconds\n)(?:(Process running with session ID )\d{1,10})?/,
    ],
  },
  pi: {
    members: ['prompt_cache_key', 'user', 'safety_identifier'],
    itemIds: null,
    ids: ['session_id', 'x-session-affinity'],
    instructions: [/(Current date: )\d{4}-\d\d-\d\d/g],
    reminders: null,
    // Where it keeps what was too long to be sent.
    results: [/(\. Full output: \/[^\n\]]{1,1000}\/pi-bash-)[0-9a-f]{16}(\.log\]\s*)$/],
  },
};
