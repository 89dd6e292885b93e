/*
 * What a policy says of a tool call. A rule's glob is compared with the call in one line; a model may write a call in many ways, so:
 *
 * P1 `ask` and `deny` look for the call behind its spelling: quotes, backslashes, spaces, line breaks, paths of programs, and each
 *    command of a longer one. A command whose program only the shell will know (`$X`, `eval`) counts as the one that is looked for.
 * P2 `allow` is strict: a star in it does not cover another command, a redirection or a way out of the folder.
 * P3 No regular expressions from outside: a rule costs at most its length times the call's.
 *
 * A shell can hide a word from anybody who only reads: the sandbox is the wall, the policy a gate in it.
 */
import type { JsonObject } from '../json.ts';
import type { Approval, ToolRule } from '../plan/plan.ts';

/** What happens to a call; `approval`: who decides, for `ask`. */
export interface ToolDecision {
  action: ToolRule['action'];
  approval: Approval | null;
}

// What a call is about, in the order in which it stands in its line. Contents are left out: a rule is about what is touched.
const targets = ['action', 'command', 'path', 'url', 'id', 'title'] as const;

/** A call in one line as rules see it, literal and whole: `bash git push origin`, `filesystem write src/a.ts`. */
export function toCallLine(tool: string, input: JsonObject): string {
  const words = targets
    .map((key) => input[key])
    .filter((value) => typeof value === 'string' || typeof value === 'number');
  return [tool, ...words].join(' ');
}

/** {@link toCallLine} of a call in a workspace: a tool takes paths inside of it in both forms, and rules know one. */
export function toCallLineWithin(workspace: string, tool: string, input: JsonObject): string {
  const { path } = input;
  const isInside = tool === 'filesystem' && typeof path === 'string' && path.startsWith(`${workspace}/`);
  return toCallLine(tool, isInside ? { ...input, path: path.slice(workspace.length + 1) } : input);
}

/** The first rule that fits decides; without one a call is allowed. `line` is made by {@link toCallLine}. */
export function decideToolCall(policy: readonly ToolRule[], agent: string, tool: string, line: string): ToolDecision {
  const rule = findToolRule(policy, { agent, tool, line });
  if (!rule) return { action: 'allow', approval: null };
  return { action: rule.action, approval: rule.action === 'ask' ? rule.approval : null };
}

/** The rule that decides a call; undefined: none, so it is allowed. */
export function findToolRule(
  policy: readonly ToolRule[],
  { agent, tool, line }: { agent: string; tool: string; line: string },
): ToolRule | undefined {
  const call = new CallSpellings(tool, line);
  return policy.find((rule) => {
    if (rule.agents.length > 0 && !rule.agents.includes(agent)) return false;
    if (!matchesGlob(tool, rule.tool)) return false;
    return rule.match === null || call.fits(rule.match, rule.action);
  });
}

/** The ways in which one call can be read. */
class CallSpellings {
  private readonly tool: string;
  private readonly body: string;
  private loose: string[] | undefined;

  constructor(tool: string, line: string) {
    this.tool = tool;
    this.body = line.startsWith(`${tool} `) ? line.slice(tool.length + 1) : line === tool ? '' : line;
  }

  fits(match: string, action: ToolRule['action']): boolean {
    const glob = collapse(match);
    // A rule may name the tool again, as in the line that people see, or leave it out.
    const globs = glob.startsWith(`${this.tool} `) ? [glob.slice(this.tool.length + 1), glob] : [glob];
    if (action === 'allow') return globs.some((each) => this.fitsStrictly(each));
    if (this.tool === 'bash' && hasUnknownProgram(this.body)) return true;
    this.loose ??= this.tool === 'bash' ? spellingsOfCommand(this.body) : spellingsOfTarget(this.body);
    const lines = this.loose;
    const isShell = this.tool === 'bash';
    return globs.some((each) =>
      lines.some((body) => matchesGlob(body, each) || (isShell && matchesGlob(body, `* ${each}`))),
    );
  }

  // P2
  private fitsStrictly(glob: string): boolean {
    if (isAnything(glob)) return true;
    const body = this.tool === 'bash' ? this.body.trim() : plainTarget(this.body);
    if (!matchesGlob(body, glob)) return false;
    if (this.tool === 'bash') return countSigns(this.body.trim()) === countSigns(glob);
    return !body.split(/[/ ]/).includes('..');
  }
}

function isAnything(glob: string): boolean {
  return /^[* ]*$/.test(glob);
}

// Whatever can begin another command, send output elsewhere, or stand for words that are not written there.
function countSigns(command: string): number {
  return command.match(/[;&|<>(){}$`\n\r\\]/g)?.length ?? 0;
}

function collapse(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

// P1. Each is read as a whole and cut into the commands that a shell may see in it.
function spellingsOfCommand(command: string): string[] {
  const joined = command.replace(/\\\r?\n/g, '');
  const bare = joined.replace(/\$(?=['"])/g, '').replace(/['"\\]/g, '');
  const empty = bare.replace(/\$\{[^}]{0,200}\}|\$[\w@*#?!$-]/g, '');
  const found = new Set<string>();
  for (const text of [command, joined, bare, empty]) {
    for (const part of [text, ...text.split(/[;&|\n\r(){}`]+/)]) {
      const line = collapse(part);
      found.add(line);
      found.add(withoutFolders(line));
    }
  }
  found.delete('');
  return [...found];
}

// `/usr/bin/git push` is `git push`.
function withoutFolders(line: string): string {
  return line
    .split(' ')
    .map((word) => word.slice(word.lastIndexOf('/') + 1) || word)
    .join(' ');
}

function hasUnknownProgram(command: string): boolean {
  const plain = command.replace(/\\\r?\n/g, '');
  return plain
    .split(/[;&|\n\r(){]+/)
    .map((part) => part.trim().replace(/^(?:[A-Za-z_]\w*=\S* +)*/, ''))
    .some((part) => /^[\w'"/\\.-]*[$`]/.test(part) || /^(['"\\]*)(?:eval|source|\.)(['"]*)(?:\s|$)/.test(part));
}

// A path or address as it is written and as it is meant.
function spellingsOfTarget(body: string): string[] {
  const line = collapse(body);
  return [...new Set([body, line, plainTarget(body), plainTarget(line)])];
}

// `write ./src//x/../a` is `write src/a`. The scheme of an address keeps its slashes.
function plainTarget(body: string): string {
  return collapse(body)
    .split(' ')
    .map((word) => (word.includes('://') ? word : plainPath(word)))
    .join(' ');
}

function plainPath(path: string): string {
  if (!/[/\\]|^\.+$/.test(path)) return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return (path.startsWith('/') ? '/' : '') + parts.join('/');
}

/** Whether a text matches a glob of `*` (any characters, `/` too) and `?` (one). Case counts. */
export function matchesGlob(text: string, glob: string): boolean {
  let t = 0;
  let g = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (glob[g] === '*') {
      star = g++;
      resume = t;
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === text[t])) {
      t++;
      g++;
    } else if (star !== -1) {
      g = star + 1;
      t = ++resume;
    } else return false;
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}
