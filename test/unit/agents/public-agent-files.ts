/** What an agent with all tools may do, by a short name each. */
export const probes = {
  status: ['bash', { command: 'git status --short' }],
  more: ['bash', { command: 'git status; rm -rf src' }],
  rm: ['bash', { command: 'rm -rf src' }],
  read: ['filesystem', { action: 'read', path: 'src/deep/a.ts' }],
  readme: ['filesystem', { action: 'read', path: 'README.md' }],
  docs: ['filesystem', { action: 'read', path: 'docs/README.md' }],
  list: ['filesystem', { action: 'list' }],
  search: ['filesystem', { action: 'search', path: 'src', text: 'x' }],
  write: ['filesystem', { action: 'write', path: 'src/a.ts', content: '' }],
  edit: ['filesystem', { action: 'edit', path: 'src/a.ts', old_string: 'a', new_string: 'b' }],
  page: ['web', { url: 'https://docs.test/a' }],
  elsewhere: ['web', { url: 'https://docs.test.evil.test/' }],
  issue: ['issue', { action: 'list' }],
} as const;

export const reading = 'read readme docs list search';
export const shell = 'status more rm';
export const writing = 'write edit';
export const all = `${shell} ${reading} ${writing} page elsewhere issue`;

/** Lines of front matter as people write them; what the agent may do, `~` before what people are asked about; null: it is refused. */
const hands: readonly (readonly [lines: string[], may: string | null])[] = [
  [[], all],
  [['tools: Read, Grep'], reading],
  [['tools: Read Grep Bash'], `${reading} ${shell}`],
  [['tools: ["Read", "Bash"]'], `${reading} ${shell}`],
  [["tools: 'Glob'"], 'list'],
  [['tools:', '  - Read', '  - Bash(git status:*)'], `${reading} status`],
  [['tools:', '- Grep'], 'search'],
  [['tools: All tools'], all],
  [['tools: *'], all],
  [['tools: none'], ''],
  [['tools:'], ''],
  [['tools: []'], ''],
  [['tools: Read, # never Bash'], reading],
  [['tools: Bash(git status:*), Read(/src/**), mcp__github__search, Task(reviewer), Agent'], 'status read search'],
  [['tools: Bash (git status *)'], 'status'],
  [['tools: Bash(git status'], ''],
  [['tools: Read(*.md), WebFetch(domain:docs.test)'], 'readme page'],
  [['tools: Read({src,docs}/**)'], ''],
  [['tools: WebSearch, TodoWrite, NotebookEdit'], ''],
  [['tools: Write'], 'write'],
  [['tools: Edit, MultiEdit'], 'edit'],
  [['tools: Read, Write'], `${reading} write edit`],
  [['allowed-tools: Read'], reading],
  [['allowedTools: Grep, LS'], 'list search'],
  [['disallowedTools: Bash, Write, Edit'], `${reading} page elsewhere issue`],
  [['disallowed-tools:', '  - WebFetch'], `${shell} ${reading} write edit issue`],
  [['disallowedTools: Bash(rm:*)'], `status ${reading} write edit page elsewhere issue`],
  [['disallowedTools: Read(src)'], `${shell} readme docs list write page elsewhere issue`],
  [['disallowedTools: *'], ''],
  [['tools: Read, Bash', 'disallowedTools: Read, mcp__github'], shell],
  [['permissionMode: plan'], `${reading} page elsewhere issue`],
  [['permissionMode: dontAsk'], `${reading} issue`],
  [['permissionMode: bypassPermissions'], all],
  [['permissionMode: acceptEdits'], `~status ~more ~rm ${reading} write edit ~page ~elsewhere issue`],
  [['permissionMode: default'], `~status ~more ~rm ${reading} ~write ~edit ~page ~elsewhere issue`],
  [['permissionMode: default', 'tools: Bash(git status:*), Write'], 'status ~write'],
  [['readonly: true'], `${reading} page elsewhere issue`],
  [['tools: everything but Bash'], null],
  [['tools: no Bash'], null],
  [['tools: Read', 'allowed-tools: Bash'], null],
  [['tool: Read'], null],
  [['permissions:', '  deny: [Bash]'], null],
  [['settings:', '  tools: Read'], null],
  [['permissionMode: yolo'], null],
  [['disallowedTools: Bsh'], null],
  [['disallowedTools: Read([ab].env)'], null],
  [['hooks:', '  PreToolUse:', '    - matcher: Bash'], null],
];

export const body = 'You review changes.';

interface Shape {
  what: string;
  path?: string;
  /** Where it says what the agent may do in a text, a file that says it nowhere else is refused. */
  hides?: boolean;
  write(lines: string[]): string;
}

/** A file whose front matter has these lines. */
export function file(...lines: string[]): string {
  return ['---', ...lines, '---', '', body, ''].join('\n');
}

const example = [
  '<example>',
  'Context: a change is ready',
  'user: "Review it"',
  'assistant: "I use it."',
  '</example>',
];

const shapes: readonly Shape[] = [
  { what: 'plain', write: (lines) => file('name: reviewer', 'description: Reviews', ...lines) },
  { what: 'keys first', write: (lines) => file(...lines, 'description: Reviews', 'name: reviewer') },
  {
    what: 'CRLF',
    write: (lines) => file('name: reviewer', 'description: Reviews', ...lines).replaceAll('\n', '\r\n'),
  },
  { what: 'BOM', write: (lines) => `\ufeff${file('name: reviewer', 'description: Reviews', ...lines)}` },
  { what: 'blank lines first', write: (lines) => `\n  \n${file('name: reviewer', ...lines)}` },
  { what: 'a fence with blanks', write: (lines) => file('name: reviewer', ...lines).replaceAll('---', '---  ') },
  { what: 'below a folder', path: 'quality/deep/', write: (lines) => file('name: reviewer', ...lines) },
  {
    what: 'a colon in the description',
    write: (lines) => file('name: reviewer', 'description: Use this when: a change is ready.', ...lines),
  },
  {
    what: 'examples between keys',
    write: (lines) => file('name: reviewer', 'description: Reviews. Examples:', '', ...example, '', ...lines),
  },
  {
    what: 'examples without tags',
    write: (lines) => file('name: reviewer', 'description: Examples: two.', ...example.slice(1, 4), '', ...lines),
  },
  {
    what: 'examples that speak of tools',
    hides: true,
    write: (lines) => file('name: reviewer', 'description: So:', '<example>', 'tools: Bash', '</example>', ...lines),
  },
  {
    what: 'a tag that is never closed',
    write: (lines) => file('name: reviewer', 'description: So: <example>', 'user: "Hi"', ...lines),
  },
  {
    what: 'other keys in between',
    write: (lines) => file('name: reviewer', 'color: blue', 'version: 1.2', ...lines, 'author: me', 'mode: subagent'),
  },
  {
    what: 'comments',
    write: (lines) => file('# An agent', 'name: reviewer # its name', '# tools: Bash', ...lines, '# the end'),
  },
  {
    what: 'a block of text',
    write: (lines) => file('name: reviewer', 'description: |', '  Reviews: all.', '', '  Well.', ...lines),
  },
];

/** One file of a kind that is found in public, and what must come of it. */
export interface PublicFile {
  title: string;
  name: string;
  path: string;
  content: string;
  may: string | null;
}

/** Every way to say what an agent may do, in every shape of file. */
export function publicFiles(): PublicFile[] {
  return shapes.flatMap((shape, row) =>
    hands.map(([lines, may], column) => {
      const name = `agent-${row}-${column}`;
      return {
        title: `${shape.what}, ${lines.join(' / ') || 'nothing said'}`,
        name,
        path: `${shape.path ?? ''}${name}.md`,
        content: shape.write(lines).replace('name: reviewer', `name: ${name}`),
        may: shape.hides && lines.length === 0 ? null : may,
      };
    }),
  );
}
