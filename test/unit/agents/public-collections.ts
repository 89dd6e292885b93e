import { builtInList } from '../../../src/domain/tool-names.ts';

/** A file of a collection, and what is to become of it: an agent of a name, none, or a mistake in a line. */
export interface CollectionFile {
  path: string;
  content: string;
  becomes: { name: string; tools: readonly string[] } | { line: number } | null;
}

const all = builtInList.flatMap(({ name, isDefault }) => (isDefault ? name : []));
const roles =
  'api-designer backend-architect code-reviewer data-engineer database-admin debugger devops-engineer docs-writer frontend-developer ' +
  'graphql-architect incident-responder ios-developer java-pro kubernetes-specialist legacy-modernizer ml-engineer mobile-developer ' +
  'network-engineer payment-integration performance-engineer product-manager prompt-engineer python-pro qa-expert rust-engineer ' +
  'security-auditor sql-pro test-automator ui-designer ux-researcher';

/** Thirty names, as every collection has them. */
const names = roles.split(' ');

const md = (lines: readonly string[], name: string): string =>
  [
    '---',
    ...lines,
    '---',
    '',
    `You are a senior ${name.replaceAll('-', ' ')}.`,
    '',
    '## Approach',
    '- Be exact',
    '',
  ].join('\n');

const example = (name: string, open = '', close = ''): string[] => [
  `${open}<example>${close}`,
  'Context: The user has finished a feature',
  'user: "I have finished the login: can you look at it?"',
  `assistant: "I'll use the ${name} agent to look at it: one moment."`,
  '<commentary>',
  'Since code was written, the agent looks at it.',
  '</commentary>',
  '</example>',
];

const titled = (name: string): string => name.replaceAll('-', ' ').toUpperCase();

/** How the files of one kind of collection look: where the `at`th agent lies, and its front matter. */
interface Style {
  path: (name: string, at: number) => string;
  lines: (name: string, at: number) => string[];
  tools: readonly string[];
  /** What the agent is called; left out: as its file. */
  called?: (name: string, at: number) => string;
}

const styles: Readonly<Record<string, Style>> = {
  'a marketplace of plugins': {
    path: (name, at) => `plugins/${['api', 'web', 'ops'][at % 3]}-${Math.floor(at / 6)}/agents/${name}.md`,
    lines: (name, at) => [
      `name: ${name}`,
      `description: Expert ${name} specializing in scalable systems. Masters REST/GraphQL, tests, and docs. Use PROACTIVELY when building new services.`,
      `model: ${['inherit', 'opus', 'sonnet', 'haiku'][at % 4]}`,
    ],
    tools: all,
  },
  'numbered categories': {
    path: (name, at) => `categories/0${1 + (at % 9)}-core-development/${name}.md`,
    lines: (name) => [
      `name: ${name}`,
      `description: "Use this agent when you need a ${name} with deep expertise. Invoke for: design, review, delivery."`,
      'tools: Read, Write, Edit, Bash, Glob, Grep',
      'model: sonnet',
    ],
    tools: ['filesystem', 'bash'],
  },
  'programs as tools': {
    path: (name) => `agents/${name}.md`,
    lines: (name) => [
      `name: ${name}`,
      'description: Senior engineer (9+ years) for accessible, fast systems at scale',
      'tools: Read, Write, MultiEdit, Bash, fd, rg, ast-grep, jq, openapi-generator, sqlite',
    ],
    tools: ['filesystem', 'bash'],
  },
  'departments, with examples in the description': {
    path: (name, at) => `${['engineering', 'product', 'design', 'testing'][at % 4]}/${name}.md`,
    lines: (name) => [
      `name: ${name}`,
      `description: Use this agent when a ${name} is needed. Examples:`,
      '',
      ...example(name),
      '',
      ...example(name),
      'color: cyan',
      'tools: Write, Read, MultiEdit, Bash, WebFetch',
    ],
    tools: ['filesystem', 'bash', 'web'],
  },
  'examples in one quoted line': {
    path: (name) => `agents/${name}.md`,
    lines: (name) => [
      `name: ${name}`,
      `description: ${JSON.stringify(['Use this agent so:', '', ...example(name)].join('\n'))}`,
      'model: sonnet',
      'color: "#A259FF"',
      'memory: project',
      'permissionMode: acceptEdits',
    ],
    tools: all,
  },
  'folders in folders, with servers': {
    path: (name, at) => `agents/development/${['frontend', 'backend'][at % 2]}/${name}.md`,
    lines: (name) => [
      `name: ${name}`,
      'description: An expert who defines, builds and tests. Use PROACTIVELY for anything that is to last.',
      'tools: Read, Write, Edit, MultiEdit, Grep, Glob, Bash, LS, WebSearch, WebFetch, TodoWrite, Task, mcp__magic__21st_magic_component_builder, mcp__context7__resolve-library-id',
      'model: claude-sonnet-4-20250514',
    ],
    tools: ['filesystem', 'bash', 'web'],
  },
  'blocks of text': {
    path: (name, at) => `agents/${['core', 'universal', 'orchestrators'][at % 3]}/${name}.md`,
    lines: (name) => [
      `name: ${name}`,
      'description: |',
      '  MUST BE USED to run a rigorous review after every feature: delivers a severity-tagged report.',
      '',
      ...example(name, '- ').map((line) => `  ${line}`),
      'tools: LS, Read, Grep, Glob, Bash',
    ],
    tools: ['filesystem', 'bash'],
  },
  'an editor’s own': {
    path: (name) => `${name}.agent.md`,
    lines: (name, at) => [
      ...(at % 2 === 0 ? [`name: '${titled(name)}'`] : []),
      `description: 'Specialist in ${name}, predictable options, and deterministic diagnostics'`,
      "model: 'GPT-4.1'",
      "tools: ['codebase', 'search', 'runCommands', 'edit/editFiles', 'problems', 'usages', 'Read']",
      'user-invocable: true',
      'disable-model-invocation: false',
      'handoffs:',
      '  - label: Start',
      '    agent: implementation',
      '    prompt: Go on',
    ],
    tools: ['filesystem'],
    called: (name, at) => (at % 2 === 0 ? titled(name) : `${name}.agent`),
  },
  'when each is to start by itself': {
    path: (name, at) => `${['development', 'infrastructure'][at % 2]}/${name}.md`,
    lines: (name) => [
      `name: ${name}`,
      'description: Platform engineering, gateways and governance',
      'expertise:',
      '  - API versioning strategies',
      '  - Developer portal creation',
      'auto_activate:',
      '  keywords: [API, REST, GraphQL, endpoint, OpenAPI, gateway, OAuth, JWT]',
      '  conditions: [design tasks, authentication, configuration]',
      'tools: Read, Write, MultiEdit, Bash, Grep, WebFetch, Task',
    ],
    tools: ['filesystem', 'bash', 'web'],
  },
  'every key that assistants have': {
    path: (name) => `agents/${name}.md`,
    lines: (name) => [
      `name: ${name}`,
      'description: 测试和质量保证专家，专注于制定测试策略：用例、自动化、审查',
      'category: quality-assurance',
      'tags: [testing, quality]',
      'tools: ["Read", "Grep", "Glob", "Bash", "TodoWrite"]',
      'model: opus[1m]',
      'color: orange',
      'effort: high',
      'background: true',
      'isolation: worktree',
      'memory: user',
      'skills: plugin-creator:script-development',
      'mcpServers:',
      '  - github',
      'hooks:',
      '  PostToolUse:',
      '    - matcher: "Edit|Write"',
      '      hooks: [{ type: command, command: "./lint.sh" }]',
      'version: 1.2.0',
      'author: somebody',
    ],
    tools: ['filesystem', 'bash'],
  },
};

/** What lies beside agents in such collections. */
const others: readonly CollectionFile[] = [
  ['README.md', '# Agents\n\n---\n\nname: not an agent\n'],
  ['AGENTS.md', '---\nname: agents\ndescription: For all\n---\nBe kind.\n'],
  ['plugins/api-0/commands/ship.md', '---\ndescription: Ship it\nargument-hint: [version]\n---\nShip $ARGUMENTS.\n'],
  ['plugins/api-0/skills/pdf/SKILL.md', '---\nname: pdf\ndescription: Reads PDFs\n---\nUse pdftotext.\n'],
  ['plugins/api-0/.claude-plugin/plugin.json', '{ "name": "api-0" }'],
  ['categories/README.md', '# Categories\n'],
  ['docs/page.md', '---\ntitle: A page\n---\nText.\n'],
].map(([path, content]) => ({ path: path!, content: content!, becomes: null }));

/** Files that cannot be used, and the line that says why. */
const broken: readonly CollectionFile[] = [
  ['broken/unclosed.md', '---\nname: unclosed\ndescription: Never closed\n', 1],
  ['broken/turns.md', '---\nname: turns\ndescription: Wrong\nmaxTurns: many\n---\nGo.\n', 4],
  ['broken/opencode.md', '---\ndescription: Other\nmode: subagent\npermission:\n  bash: deny\n---\nGo.\n', 4],
  ['broken/map.md', '---\nname: map\ndescription: Other\ntools:\n  write: false\n---\nGo.\n', 5],
].map(([path, content, line]) => ({
  path: path as string,
  content: content as string,
  becomes: { line: line as number },
}));

/** Collections of thirty agents each as they are found in public, by what is odd about them: all in one folder each. */
export const collections: Readonly<Record<string, readonly CollectionFile[]>> = Object.fromEntries(
  Object.entries(styles).map(([what, { path, lines, tools, called }]) => [
    what,
    [
      ...names.map((name, at) => ({
        path: path(name, at),
        content: md(lines(name, at), name),
        becomes: { name: called?.(name, at) ?? name, tools },
      })),
      ...others,
      ...broken,
    ],
  ]),
);
