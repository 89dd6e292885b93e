import { all, reading, shell } from './public-agent-files.ts';

const colon = 'description: Reviews code: read only';
const use = 'description: Use: this';
const careful = 'page elsewhere issue';

/** Lines of front matter and what the agent may do then; an array: refused, with this code. */
type Row = readonly [lines: readonly string[], may: string | readonly [code: string]];

/** Lines behind a description that is no YAML: each could be meant as a key, and is none. */
const spellings = [
  ...['"tools": Read', "'tools': Read", 'tools : Read', ' tools : Read', 'TOOLS : Read', '{tools: Read}'],
  ...['{model: opus, tools: Read}', 'tools：Read', 'tools∶ Read', 'tools = Read', 'tools=Read', 'tools => Read'],
  ...['tools → Read', 'tools - Read', 'tools Read, Grep', '<tools>Read</tools>', '**tools**: Read', '> tools: Read'],
  ...['`tools`: Read', '- tools: Read', '1. tools: Read', '  • tools: Read', '(tools): Read', 'tools[]: Read'],
  ...['\u200btools: Read', '\ufefftools : Read', 'tools\u00a0: Read', 'tools\u00ad: Read', '\u3000tools: Read'],
  ...['tоols: Read', 'τools: Read', 'tóols: Read', 'toosl : Read', '𝐭𝐨𝐨𝐥𝐬: Read', 'ｔｏｏｌｓ: Read'],
  ...['allowed tools: Read', 'Allowed Tools = Read', 'tools allowed: Read', 'tools.allow: Read', 'my tools:'],
  ...['"readonly": true', 'readonly : true', 'read only: true', 'Read-Only = true', 'bash: false', 'shell : off'],
  ...['can_execute: false', 'noBash: true', 'without: Bash', 'only: [Read]', 'confirm: true', 'network : none'],
  ...['permissionMode : plan', '"permissionMode": plan', 'permission mode: plan', 'maxTurns : 3', 'max turns: 3'],
  ...[
    'disallowedTools : Bash',
    '"disallowedTools": Bash',
    'dis-allowed tools = Bash',
    'agent capabilities: Read',
    'readonly',
    'readonly true',
    'permissionMode plan',
    'tools; Read',
  ],
];

/** What is no word about hands: texts as they stand in public files. */
const harmless = [
  ...['user: "Which tools do you use?"', 'assistant: "I use it: always."', 'Context: The user wants tools: many'],
  ...['Key capabilities:', '# tools: Read', 'Use this agent to restrict who has access to the data: it knows how'],
  ...[
    '- Step one: read the code',
    'tools and habits of a reviewer',
    'note = "a remark"',
    '<commentary>',
    'color : blue',
  ],
];

/** Keys of good YAML that nobody has, and that speak of hands. */
const unknown = [
  ...['without: Bash', 'can_execute: false', 'canWrite: false', 'noBash: true', 'nobash: true', 'shell: disabled'],
  ...['bash: 0', 'filesystem: read-only', 'only: [Read]', 'limit_to: Read', 'ask: [Bash]', 'confirm: true'],
  ...['autoApprove: false', 'functions: [read]', 'policy: deny-bash', 'skip: "Bash(rm:*), Task"', 'never: bash'],
  ...[
    'cannot: run commands',
    'level: read only',
    'rights: { Bash: no }',
    'groups: [read, edit]',
    'files: { write: no }',
  ],
  ...['abilities: "Read, Grep"', 'rule: never use Bash', 'run_commands: never', 'git: off', 'offline: true'],
  ...['maxTurn: 3', 'max_tuns: 3', 'except: Bash', 'requires_confirmation: always', 'shell_access: false'],
];

/** Keys of good YAML that are about something else. */
const unrelated = [
  ...[
    'icon: terminal',
    'icon: edit',
    'author: Bash',
    'languages: [bash, python]',
    'keywords: [read, web]',
    'type: read',
  ],
  ...['triggers: [edit]', 'is_background: true', 'alwaysApply: false', 'steps: 7', 'timeout_mins: 5', 'top_p: 0.5'],
  ...['disable-model-invocation: true', 'user-invocable: false', 'infer: true', 'notes: Reads the code', 'team: web'],
  ...['display_name: Read me', 'mode: all', 'hidden: true', 'argument-hint: file to read', 'canary: x', 'nothing: x'],
];

const refused = ['hidden-hands'] as const;

/** Lines that a reader would take for words about an agent's hands, and lines that are none. */
export const hiddenHands: readonly Row[] = [
  ...spellings.map((line): Row => [[colon, line], refused]),
  ...harmless.map((line): Row => [[colon, line], all]),
  ...harmless.map((line): Row => [['tools: Read', use, `  ${line}`], reading]),
  ...unknown.map((line): Row => [[line], ['unknown-hands']]),
  ...unrelated.map((line): Row => [[line], all]),
  [[colon, 't00ls: Read'], ['unknown-hands']],
  // A text of several lines that is YAML, and neither in quotes nor a block
  [['description: Reviews', '  tools = Read'], refused],
  [['description:', '  Reviews', '', '  disallowedTools：Bash'], refused],
  [['description: Reviews', '  what comes', '  and goes'], all],
  [['description: |', '  Reviews.', '  Tools = many'], all],
  [[`${colon}\u2028tools: Read`], refused],
  [[`${colon}\u0085tools: Read`], refused],
  // Beside keys that stand as they should
  [['tools: Bash, Read', colon, '"permissionMode": plan'], refused],
  [['tools: Bash, Read', use, '  disallowedTools: Bash'], refused],
  [['tools: Bash, Read', use, '  permissionMode: plan'], refused],
  [['tools: Bash, Read', use, '  tools: Read'], refused],
  [['tools: Bash, Read', use, '<example>', 'disallowedTools: Bash', '</example>'], refused],
  [['tools: Bash, Read', use, '<example>', 'permissionMode : plan', '</example>'], refused],
  [['tools: Bash, Read', use, '<example>', 'tools: Read', 'uses tools: many', '</example>'], `${shell} ${reading}`],
  [['disallowedTools: Bash', use, '<example>', 'tools: Read', '</example>'], `${reading} write edit ${careful}`],
  [['readonly: false', use, '  tools: Read'], refused],
  [['readonly: false', use, '<example>', 'tools: Read', '</example>'], refused],
  [['readonly: true', use, '<example>', 'tools: Read', '</example>'], `${reading} ${careful}`],
  [[use, '<example>', 'user: "tools: Read"', 'The tool: it reads.', '</example>'], all],
  // Limits that are said twice
  [['maxTurns: 3', 'max_turns: 100'], ['unknown-hands']],
  [['max_tokens: 3', 'Max-Tokens: 100'], ['unknown-hands']],
  [['maxTurns: 3', 'max_turns: 3'], all],
];
