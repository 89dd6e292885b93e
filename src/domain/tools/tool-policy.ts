/*
 * What a policy says of a tool call. A rule's glob is compared with the call in its canonical form (canonical-call.ts); what is left open
 * there is read so:
 *
 * P1 `ask` and `deny` look for a command behind its spelling: quotes, backslashes, spaces, line breaks, paths of programs, and each
 *    command of a longer one. A command whose program only the shell will know (`$X`, `eval`) counts as the one that is looked for.
 * P2 `allow` is strict: a star in it does not cover another command, a redirection, a way out of the folder or another host.
 * P3 No regular expressions from outside: a rule costs at most its length times the call's.
 * P4 A rule's own path or address is read like a call's. One that asks or denies means a folder with all in it, a host with all its pages;
 *    in every case where the file system does not tell them apart.
 * P5 An agent's own rules, those of whoever shares out its work, the plan's and those of the runs around it are asked one by one, and the strictest answer counts: none widens another.
 * P6 Forms of Unicode do not count, in commands, paths, addresses and words: what looks the same meets the same rule.
 *
 * A shell can hide a word from anybody who only reads: the sandbox is the wall, the policy a gate in it.
 */
import type { Approval, Plan, ToolRule } from '../plan/plan.ts';
import type { CanonicalCall } from './canonical-call.ts';
import { plainPath } from './canonical-path.ts';
import type { AddressGlob } from './canonical-url.ts';
import { addressGlobText, toAddressGlob, withPlainLetters } from './canonical-url.ts';
import { collapse, matchesGlob } from './glob.ts';
import { matchesPattern } from './path-pattern.ts';
import { countSigns, hasUnknownProgram, spellingsOfCommand } from './shell-spellings.ts';

/** What happens to a call; `approval`: who decides, for `ask`. */
export interface ToolDecision {
  action: ToolRule['action'];
  approval: Approval | null;
}

/** A rule as it holds for one agent; `isOwn`: it comes from the agent's file. */
export type HeldRule = ToolRule & {
  isOwn?: boolean;
  /** Which of the rules around it is it of: of a run around this one, from 0, the outermost, or of whoever shares out the agent's work. */
  bound?: number;
};

/** The rules that hold for an agent's calls. */
export function rulesFor(plan: Pick<Plan, 'agents' | 'policy' | 'bounds'>, agent: string): HeldRule[] {
  const { rules: own = [], bounds: around = [] } = Object.hasOwn(plan.agents, agent) ? plan.agents[agent]! : {};
  const bounds = [...(plan.bounds ?? []), ...around].flatMap((rules, bound) =>
    rules.map((rule) => ({ ...rule, bound })),
  );
  return [...own.map((rule) => ({ ...rule, isOwn: true })), ...plan.policy, ...bounds];
}

/** The first rule that fits decides, an agent's own and the plan's one by one (P5); without one a call is allowed. */
export function decideToolCall(policy: readonly HeldRule[], agent: string, call: CanonicalCall): ToolDecision {
  const rule = findToolRule(policy, agent, call);
  if (!rule) return { action: 'allow', approval: null };
  return { action: rule.action, approval: rule.action === 'ask' ? rule.approval : null };
}

/** The rule that decides a call; undefined: none, so it is allowed. */
export function findToolRule(policy: readonly HeldRule[], agent: string, call: CanonicalCall): HeldRule | undefined {
  const spellings = new CallSpellings(call);
  const fits = (rule: ToolRule): boolean => {
    if (rule.agents.length > 0 && !rule.agents.includes(agent)) return false;
    if (!matchesGlob(call.tool, rule.tool)) return false;
    if (rule.unless?.some((glob) => spellings.isGranted(glob))) return false;
    return rule.match === null || spellings.fits(rule.match, rule.action);
  };
  const first = (isOf: (rule: HeldRule) => boolean | undefined) => policy.find((rule) => isOf(rule) && fits(rule));
  const bounds = new Set(policy.flatMap(({ bound }) => bound ?? []));
  const deciding = [
    first(({ isOwn, bound }) => !isOwn && bound === undefined),
    first(({ isOwn }) => isOwn),
    ...[...bounds].map((run) => first(({ bound }) => bound === run)),
  ].filter((rule) => rule !== undefined);
  return deciding.reduce<HeldRule | undefined>(stricter, undefined);
}

function stricter(a: HeldRule | undefined, b: HeldRule): HeldRule {
  return a === undefined || strictness[b.action] > strictness[a.action] ? b : a;
}

const strictness = { allow: 0, ask: 1, deny: 2 } as const;

/** The ways in which one call can be read. */
class CallSpellings {
  private readonly call: CanonicalCall;
  private readonly body: string;
  private loose: string[] | undefined;

  constructor(call: CanonicalCall) {
    this.call = inOneForm(call);
    this.body = this.call.bodies[0]!;
  }

  fits(match: string, action: ToolRule['action']): boolean {
    const { tool, kind } = this.call;
    const glob = collapse(match).normalize();
    // A rule may name the tool again, as in the line that people see, or leave it out.
    const globs = glob.startsWith(`${tool} `) ? [glob.slice(tool.length + 1), glob] : [glob];
    if (action === 'allow') return globs.some((each) => this.fitsStrictly(each));
    if (kind === 'shell' && hasUnknownProgram(this.body)) return true;
    this.loose ??= this.looseLines();
    const lines = this.loose;
    const isShell = kind === 'shell';
    return globs
      .flatMap((each) => this.looseGlobs(each))
      .some((each) => lines.some((body) => matchesGlob(body, each) || (isShell && matchesGlob(body, `* ${each}`))));
  }

  /** Whether a glob of `unless` is about the call. */
  isGranted(glob: string): boolean {
    if (this.call.kind !== 'file') return this.fitsStrictly(glob.normalize());
    const [action, path] = splitAction(plainRule(glob.normalize(), this.call.roots));
    const [asked, touched] = splitAction(this.body);
    return action === asked && !path.startsWith('/') && matchesPattern(touched, `/${path}`);
  }

  // P2
  private fitsStrictly(glob: string): boolean {
    if (/^[* ]*$/.test(glob)) return true;
    const { kind, bodies } = this.call;
    if (kind === 'shell') {
      const body = this.body.trim();
      return matchesGlob(body, glob) && countSigns(body) === countSigns(glob);
    }
    if (kind === 'file') return bodies.some((body) => matchesGlob(collapse(body), plainRule(glob, this.call.roots)));
    const address = kind === 'address' ? toAddressGlob(withoutFetch(glob)) : null;
    if (address) return fitsAddress(this.body, address);
    return bodies.some((body) => matchesGlob(plainTarget(body), glob) && !body.split(/[/ ]/).includes('..'));
  }

  // P4
  private looseLines(): string[] {
    const { kind, bodies, implied } = this.call;
    if (kind === 'shell') return spellingsOfCommand(this.body);
    const lines = [...bodies, ...implied].flatMap((body) => [body, collapse(body)]);
    if (kind === 'words') return [...new Set(lines.flatMap((line) => [line, plainTarget(line)]))];
    return [
      ...new Set(
        kind === 'file' ? lines.map((line) => this.fold(line)) : lines.flatMap((line) => [line, line.toLowerCase()]),
      ),
    ];
  }

  private looseGlobs(glob: string): string[] {
    const { kind } = this.call;
    if (kind === 'file') {
      const plain = this.fold(plainRule(glob, this.call.roots));
      if (/[ /]\.$|^\.$/.test(plain)) return [plain];
      const shorter = plain.replaceAll('**/', '');
      return [plain, `${plain}/*`, ...(shorter === plain ? [] : [shorter, `${shorter}/*`])];
    }
    if (kind !== 'address') return [glob];
    const address = toAddressGlob(withoutFetch(glob));
    // What names no scheme may be about a host, whose case does not count.
    if (!address) return [glob, glob.toLowerCase()];
    const text = addressGlobText(address);
    return address.rest === null && !address.isOpen ? [text, `${text}*`] : [text];
  }

  private fold(text: string): string {
    return this.call.foldsCase ? text.toLowerCase() : text;
  }
}

// `write ./src//*` is `write src/*`, and so is the same with the path of the workspace before it.
function plainRule(glob: string, roots: readonly string[]): string {
  const space = glob.indexOf(' ');
  const path = plainPath(glob.slice(space + 1));
  const root = roots.find((each) => path === each || path.startsWith(`${each}/`));
  const inside = root === undefined ? path : path.slice(root.length + 1) || '.';
  return glob.slice(0, space + 1) + inside;
}

// P6
function inOneForm(call: CanonicalCall): CanonicalCall {
  const plainOne = call.kind === 'address' ? withPlainLetters : (text: string): string => text.normalize();
  const plain = (texts: readonly string[]): string[] => texts.map(plainOne);
  return { ...call, bodies: plain(call.bodies), implied: plain(call.implied), roots: plain(call.roots) };
}

function splitAction(line: string): [string, string] {
  const space = line.indexOf(' ');
  return [line.slice(0, space), line.slice(space + 1)];
}

function withoutFetch(glob: string): string {
  return glob.replace(/^fetch /, '');
}

// Host and page one by one: a star in the one does not reach into the other. `https://docs.test*` is that host, with any port and page.
function fitsAddress(address: string, { scheme, host, rest, isOpen }: AddressGlob): boolean {
  const url = new URL(address);
  if (!matchesGlob(url.protocol.slice(0, -1), scheme)) return false;
  const page = address.slice(url.origin.length);
  if (!isOpen) return matchesGlob(url.host, host) && matchesGlob(page, rest ?? '/');
  const isWholeName = /[.:].*[\w\]]$/.test(host);
  return isWholeName
    ? matchesGlob(url.host, host) || matchesGlob(url.host, `${host}:*`)
    : matchesGlob(url.host, `${host}*`);
}

// A target of a tool that says no more of it: `write ./src//x/../a` is `write src/a`. The scheme of an address keeps its slashes.
function plainTarget(body: string): string {
  return collapse(body)
    .split(' ')
    .map((word) => (word.includes('://') ? word : plainPath(word)))
    .join(' ');
}
