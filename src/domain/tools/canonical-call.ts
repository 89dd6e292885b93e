/*
 * What a call will do, in the one form that rules judge and people see. A tool may say it better than its input does (a path whose links
 * are followed); what it then opens is read by the same functions.
 */
import type { JsonObject } from '../json.ts';
import { addressOf, canonicalUrl, looseAddresses } from './canonical-url.ts';
import { toPathParts } from './canonical-path.ts';

/** A call as its tool carries it out. */
export interface CanonicalCall {
  tool: string;
  /** How rules read it: a command, a file, an address, or words as they stand. */
  kind: 'shell' | 'file' | 'address' | 'words';
  /** All its lines without the tool's name; the first is the one that people see: `write src/a.ts`. */
  bodies: readonly string[];
  /** What it does besides, for rules that ask or deny: who edits a file reads and writes it. */
  implied: readonly string[];
  /** Its input with defaults filled in and the target in its one form: `path` from the workspace down, `url` as it is asked for. */
  input: JsonObject;
  /** Of a file: absolute paths of its workspace, with which rules may name it too. */
  roots: readonly string[];
  /** The file system takes names in other case for the same. */
  foldsCase: boolean;
}

/** A file that is touched: `parts` from the workspace down, `roots` the absolute paths that the workspace has. */
export interface TouchedFile {
  action: string;
  parts: readonly string[];
  roots: readonly string[];
  foldsCase?: boolean;
}

const noFiles = { roots: [], foldsCase: false };

const impliedActions: Readonly<Record<string, readonly string[]>> = { edit: ['write', 'read'], search: ['read'] };

/** The call in one line: `filesystem write src/a.ts`. */
export function lineOf({ tool, bodies }: CanonicalCall): string {
  return bodies[0] === '' ? tool : `${tool} ${bodies[0]}`;
}

/** Reads a call by its input alone; `workspace`: the absolute path that its paths may begin with, null: not known here. */
export function readCall(tool: string, input: JsonObject, workspace: string | null): CanonicalCall {
  if (tool === 'bash') return wordsOf(tool, input, 'shell');
  if (tool === 'filesystem') return readFileCall(input, workspace) ?? wordsOf(tool, input, 'words');
  if (tool === 'web') return readWebCall(input) ?? wordsOf(tool, input, 'words');
  return wordsOf(tool, tool === 'issue' ? withPlainId(input) : input, 'words');
}

/** A file of the workspace, as the tool `filesystem` touches it. */
export function fileCall(file: TouchedFile, input: JsonObject = {}): CanonicalCall {
  const { action, parts, foldsCase = false } = file;
  const path = parts.length === 0 ? '.' : parts.join('/');
  const lines = (verb: string): string[] => (parts.length === 0 ? [`${verb} .`, verb] : [`${verb} ${path}`]);
  return {
    tool: 'filesystem',
    kind: 'file',
    bodies: lines(action),
    implied: (impliedActions[action] ?? []).flatMap(lines),
    input: { ...input, action, path },
    roots: file.roots,
    foldsCase,
  };
}

/** An address, as the tool `web` asks for it. */
export function addressCall(url: URL, input: JsonObject = {}): CanonicalCall {
  const address = addressOf(url);
  const bodies = [address, `fetch ${address}`];
  const plain = { ...input, url: url.href };
  return { tool: 'web', kind: 'address', bodies, implied: looseAddresses(address), input: plain, ...noFiles };
}

function readFileCall(input: JsonObject, workspace: string | null): CanonicalCall | null {
  const { action, path = '.' } = input;
  if (typeof action !== 'string' || typeof path !== 'string') return null;
  const roots = workspace === null ? [] : [workspace];
  const parts = toPathParts(path, roots);
  return typeof parts === 'string' ? null : fileCall({ action, parts, roots }, input);
}

function readWebCall(input: JsonObject): CanonicalCall | null {
  const url = typeof input['url'] === 'string' ? canonicalUrl(input['url']) : null;
  return url && addressCall(url, input);
}

// 3, "3" and "#3" are one issue.
function withPlainId(input: JsonObject): JsonObject {
  const { id } = input;
  const number = typeof id === 'string' ? /^\s*#?0*(\d{1,10})\s*$/.exec(id)?.[1] : undefined;
  return number === undefined ? input : { ...input, id: Number(number) };
}

// What a call is about, in the order in which it stands in its line. Contents are left out: a rule is about what is touched.
const targets = ['action', 'command', 'path', 'url', 'id', 'title'] as const;

function wordsOf(tool: string, input: JsonObject, kind: 'shell' | 'words'): CanonicalCall {
  const words = (tool.startsWith('state_') ? ['key'] : targets)
    .map((key) => input[key])
    .filter((value) => typeof value === 'string' || typeof value === 'number');
  const body = words.join(' ');
  const { id } = input;
  const asIssue = tool === 'issue' && typeof id === 'number' ? [body.replace(` ${id}`, ` #${id}`)] : [];
  return { tool, kind, bodies: [body, ...asIssue], implied: [], input, ...noFiles };
}
