import { GafferError } from '../../domain/errors.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { IssueStatus } from './issues.ts';

/** One issue of a file, in our words; references are the file's own ids. */
export interface ImportedIssue {
  externalId: string;
  title: string;
  description: string;
  status: IssueStatus;
  priority: number;
  labels: string[];
  assignee: string | null;
  createdBy: string | null;
  parent: string | null;
  dependsOn: string[];
  blockReason: string | null;
  result: string | null;
  createdAt: string | null;
  closedAt: string | null;
  /** Fields that we have no place for, as they stood. */
  extra: JsonObject;
}

/**
 * A file of issues has bad lines; nothing of it was imported.
 *
 * @internal
 */
export class IssueImportError extends GafferError {
  override readonly name = 'IssueImportError';
  readonly kind = 'usage';
  readonly problems: string[];
  constructor(problems: string[]) {
    const more = problems.length > 20 ? `\nand ${problems.length - 20} more` : '';
    super(`nothing was imported:\n${problems.slice(0, 20).join('\n')}${more}`);
    this.problems = problems;
  }
}

const statuses: Record<string, IssueStatus> = {
  open: 'open',
  pending: 'open',
  todo: 'open',
  deferred: 'open',
  claimed: 'claimed',
  in_progress: 'claimed',
  blocked: 'blocked',
  pending_user_input: 'blocked',
  closed: 'closed',
  completed: 'closed',
  done: 'closed',
};

const priorityWords: Record<string, number> = {
  critical: 0,
  urgent: 0,
  high: 1,
  normal: 2,
  medium: 2,
  low: 3,
  backlog: 4,
};

/**
 * Reads JSONL as issue tools for agents write it: one object a line with `id` and `title`, the rest optional.
 *
 * @throws IssueImportError with every bad line
 */
export function parseIssueLines(text: string, fileName: string): ImportedIssue[] {
  const problems: string[] = [];
  const issues = new Map<string, { issue: ImportedIssue; line: number }>();
  for (const [index, content] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = index + 1;
    if (content.trim() === '') continue;
    try {
      const issue = parseLine(content);
      const twin = issues.get(issue.externalId);
      if (twin) throw new Error(`id "${issue.externalId}" stands on line ${twin.line} already`);
      issues.set(issue.externalId, { issue, line });
    } catch (error) {
      problems.push(`${fileName}:${line}: ${(error as Error).message}`);
    }
  }
  const allLinesRead = problems.length === 0;
  for (const { issue, line } of issues.values()) {
    for (const id of [...issue.dependsOn, ...(issue.parent === null ? [] : [issue.parent])]) {
      // The id of a bad line is unknown, and so would be every reference to it.
      if (allLinesRead && !issues.has(id))
        problems.push(`${fileName}:${line}: no issue in the file has the id "${id}"`);
    }
  }
  const parsed = [...issues.values()].map((entry) => entry.issue);
  if (problems.length === 0) {
    problems.push(...rings(parsed, (issue) => issue.dependsOn, 'wait for each other'));
    problems.push(
      ...rings(parsed, (issue) => (issue.parent === null ? [] : [issue.parent]), 'are parents of each other'),
    );
  }
  if (problems.length > 0) throw new IssueImportError(problems);
  return parsed;
}

function parseLine(content: string): ImportedIssue {
  let value: JsonValue;
  try {
    value = JSON.parse(content) as JsonValue;
  } catch (error) {
    throw new Error(`not JSON (${(error as Error).message})`, { cause: error });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('expected an object');
  const fields = new Fields(value);
  const links = fields.links();
  const assignee = fields.text('assignee');
  const status = fields.status();
  const issue = {
    externalId: fields.id(),
    title: fields.text('title') ?? fail('"title" is missing'),
    description: fields.text('description') ?? '',
    status: status === 'claimed' && assignee === null ? 'open' : status,
    priority: fields.priority(),
    labels: fields.strings('labels'),
    assignee: status === 'open' ? null : assignee,
    createdBy: fields.text('created_by'),
    parent: links.parent,
    dependsOn: links.dependsOn,
    blockReason: fields.text('block_reason') ?? fields.text('blocking_notes'),
    result: fields.text('result') ?? fields.text('close_reason'),
    createdAt: fields.time('created_at'),
    closedAt: fields.time('closed_at'),
  } as const;
  return { ...issue, extra: fields.rest() };
}

/** Fields of a line, each checked when it is taken; what nobody took is the rest. */
class Fields {
  private readonly left: Map<string, JsonValue>;

  constructor(object: JsonObject) {
    this.left = new Map(Object.entries(object));
  }

  private take(name: string): JsonValue {
    const value = this.left.get(name) ?? null;
    this.left.delete(name);
    return value;
  }

  text(name: string): string | null {
    const value = this.take(name);
    if (value === null || value === '') return null;
    if (typeof value !== 'string') throw new Error(`"${name}" is ${JSON.stringify(value)}: expected text`);
    return storable(value);
  }

  id(): string {
    const value = this.take('id');
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'string' || value === '') throw new Error('"id" is missing');
    return storable(value);
  }

  status(): IssueStatus {
    const word = this.text('status') ?? 'open';
    if (!Object.hasOwn(statuses, word)) {
      throw new Error(`"status" is "${word}": expected one of ${Object.keys(statuses).join(', ')}`);
    }
    return statuses[word]!;
  }

  priority(): number {
    const value = this.take('priority');
    if (value === null) return 2;
    const word = (typeof value === 'object' ? JSON.stringify(value) : String(value))
      .toLowerCase()
      .replace(/^p(?=\d$)/, '');
    const number = Object.hasOwn(priorityWords, word) ? priorityWords[word]! : /^[0-4]$/.test(word) ? Number(word) : -1;
    if (number < 0)
      throw new Error(
        `"priority" is ${JSON.stringify(value)}: expected 0-4, P0-P4 or ${Object.keys(priorityWords).join(', ')}`,
      );
    return number;
  }

  strings(name: string): string[] {
    const value = this.take(name) ?? [];
    if (!Array.isArray(value)) throw new Error(`"${name}" is ${JSON.stringify(value)}: expected a list`);
    return value.map((item) => {
      if (typeof item === 'string' || typeof item === 'number') return storable(String(item));
      throw new Error(`"${name}" contains ${JSON.stringify(item)}: expected text`);
    });
  }

  time(name: string): string | null {
    const value = this.text(name);
    if (value !== null && Number.isNaN(Date.parse(value))) throw new Error(`"${name}" is "${value}": expected a time`);
    return value === null ? null : new Date(value).toISOString();
  }

  /** Parent and dependencies, which are either ids or objects with a type. */
  links(): { parent: string | null; dependsOn: string[] } {
    let parent = this.text('parent_id') ?? this.text('parent');
    const dependsOn = new Set([...this.strings('blocked_by'), ...this.strings('depends_on')]);
    const entries = this.take('dependencies') ?? [];
    if (!Array.isArray(entries)) throw new Error(`"dependencies" is ${JSON.stringify(entries)}: expected a list`);
    const others: JsonValue[] = [];
    for (const entry of entries) {
      const link = toLink(entry);
      if (link.kind === 'parent-child') parent ??= link.id;
      else if (link.kind === 'blocks') dependsOn.add(link.id);
      else others.push(entry);
    }
    if (others.length > 0) this.left.set('dependencies', others);
    return { parent, dependsOn: [...dependsOn] };
  }

  rest(): JsonObject {
    const clean = (_key: string, value: JsonValue): JsonValue => {
      if (typeof value === 'string') return storable(value);
      if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [storable(key), item]));
    };
    return JSON.parse(JSON.stringify(Object.fromEntries(this.left), clean)) as JsonObject;
  }
}

function toLink(entry: JsonValue): { id: string; kind: string } {
  if (typeof entry === 'string' || typeof entry === 'number') return { id: storable(String(entry)), kind: 'blocks' };
  if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) {
    throw new Error(`"dependencies" contains ${JSON.stringify(entry)}: expected an id or an object`);
  }
  const id = entry['depends_on_id'] ?? entry['to_id'] ?? entry['depends_on'] ?? entry['id'];
  const kind = entry['type'] ?? entry['dep_type'] ?? 'blocks';
  if (typeof id !== 'string' || typeof kind !== 'string') {
    throw new Error(`"dependencies" contains ${JSON.stringify(entry)}: expected "depends_on_id" and "type"`);
  }
  return { id: storable(id), kind };
}

// PostgreSQL keeps neither NUL nor halves of surrogate pairs.
function storable(text: string): string {
  return Buffer.from(text.replaceAll('\0', ''), 'utf8').toString('utf8');
}

function fail(message: string): never {
  throw new Error(message);
}

/** Walks without recursion: a chain may be as long as the file. */
function rings(issues: ImportedIssue[], next: (issue: ImportedIssue) => readonly string[], what: string): string[] {
  const left = new Map(issues.map((issue) => [issue.externalId, new Set(next(issue))]));
  const dependents = new Map<string, string[]>();
  for (const issue of issues) {
    for (const id of next(issue)) {
      const others = dependents.get(id);
      if (others) others.push(issue.externalId);
      else dependents.set(id, [issue.externalId]);
    }
  }
  const free = issues.map((issue) => issue.externalId).filter((id) => left.get(id)!.size === 0);
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    left.delete(id);
    for (const dependent of dependents.get(id) ?? []) {
      const waits = left.get(dependent);
      waits?.delete(id);
      if (waits?.size === 0) free.push(dependent);
    }
  }
  return left.size === 0
    ? []
    : [`the issues ${[...left.keys()].slice(0, 10).join(', ')} ${what}, directly or through others`];
}
