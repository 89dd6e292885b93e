import { builtInTools } from '../../domain/tool-names.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { RunEventBody } from '../../domain/run/run-events.ts';
import { commentIssue, createIssue, updateIssue } from '../../store/issues/issue-changes.ts';
import { blockIssue, claimIssue, closeIssue, unblockIssue } from '../../store/issues/issue-steps.ts';
import { countIssues, IssueError, listIssues, showIssue } from '../../store/issues/issues.ts';
import type { Issue, IssueActor } from '../../store/issues/issues.ts';
import type { Sql } from '../../store/database/sql.ts';
import { issueInput } from './issue-input.ts';
import type { IssueInput } from './issue-input.ts';
import { maxOutputBytes } from '../../host/output-limit.ts';
import { inputProblem, toLine } from '../tool-input.ts';
import type { QuickTool, ToolCall, ToolOutput } from '../tool.ts';

const description = `The crew's work queue. An issue is open, claimed, blocked or closed; ids look like #3.
create: title, and optionally description, priority, parent, depends_on, labels.
list: optionally status, assignee, priority, parent, ready (only what can be claimed now).
show: id. update: id, and what changes. comment: id, text.
claim: id; without id the most urgent ready issue. An issue whose dependencies are open cannot be claimed.
block: id, reason: when you cannot go on without an answer. Only who claimed it. unblock: id, answer.
close: id, result: what was done. Only who claimed or created it.
You act under your own name; nobody else's can be given.`;

/** The tool for the board of issues. Its effect lies in the database alone, so it happens exactly once. */
export function createIssueTool(): QuickTool {
  return {
    ...builtInTools.issue,
    kind: 'quick',
    definition: { name: 'issue', description, input_schema: issueInput.jsonSchema },
    problemOf: (input) => inputProblem(issueInput, input),
    effectOf: (input) => {
      const parsed = issueInput.parse(input);
      return parsed.ok && !['list', 'show'].includes(parsed.value.action) ? 'idempotent' : 'pure';
    },
    describe: (input) =>
      toLine('issue', input['action'], input['id'], input['title'] ?? input['reason'] ?? input['result']),
    async run(input, call, sql) {
      const parsed = issueInput.parse(input);
      if (!parsed.ok) return { content: parsed.message, isError: true };
      try {
        return await act(parsed.value, call, sql);
      } catch (error) {
        if (error instanceof IssueError) return { content: error.message, isError: true };
        throw error;
      }
    },
  };
}

// What each action needs was checked with the input.
async function act(input: IssueInput, call: ToolCall, sql: Sql): Promise<ToolOutput> {
  const { board } = call;
  const actor: IssueActor = { name: call.actor, runKey: call.runKey };
  const number = input.id!;
  switch (input.action) {
    case 'create': {
      const issue = await createIssue(sql, board, actor, {
        ...fieldsOf(input),
        title: input.title!,
        parent: input.parent,
      });
      return done(issue, call, 'issue:created', issue.description);
    }
    case 'list':
      return list(input, board, sql);
    case 'show':
      return show(await showIssue(sql, board, number));
    case 'update':
      return done(await updateIssue(sql, board, actor, { number, ...fieldsOf(input) }), call);
    case 'claim': {
      const { issue, isNew } = await claimIssue(sql, board, actor, input.id);
      return isNew ? done(issue, call, 'issue:claimed', '') : done(issue, call);
    }
    case 'block':
      return done(await blockIssue(sql, { board, actor, number }, input.reason!), call, 'issue:blocked', input.reason!);
    case 'unblock':
      return done(
        await unblockIssue(sql, { board, actor, number }, input.answer!),
        call,
        'issue:unblocked',
        input.answer!,
      );
    case 'comment':
      await commentIssue(sql, { board, actor, number }, input.text!);
      return { content: JSON.stringify({ ok: true, id: `#${number}` }) };
    case 'close':
      return done(await closeIssue(sql, { board, actor, number }, input.result!), call, 'issue:closed', input.result!);
  }
}

function fieldsOf(input: IssueInput) {
  const { title, description, priority, labels, depends_on: dependsOn } = input;
  return { title, description, priority, labels, dependsOn };
}

type IssueEventType = Extract<RunEventBody, { issue: string }>['type'];

function done(issue: Issue, call: ToolCall, type?: IssueEventType, detail = ''): ToolOutput {
  const { taskId, actor } = call;
  const content = JSON.stringify({ issue: { ...brief(issue), answer: issue.answer ?? undefined } });
  if (!type) return { content };
  const event = { type, taskId, issue: `#${issue.number}`, title: issue.title, actor, detail: detail.slice(0, 1000) };
  return { content, events: [event] };
}

async function list(input: IssueInput, board: string, sql: Sql): Promise<ToolOutput> {
  const { status, assignee, priority, parent, ready, limit = 50 } = input;
  const issues = await listIssues(sql, { board, status, assignee, priority, parent, ready, limit: limit + 1 });
  const counts = await countIssues(sql, board);
  const shown = issues.slice(0, limit).map(brief);
  const more = issues.length > limit ? 'there are more: filter, or raise the limit (200)' : undefined;
  return {
    content: fit((max) => ({
      issues: shown.map((issue) => ({ ...issue, title: cut(issue.title, max) })),
      counts,
      more,
    })),
  };
}

function show(issue: Awaited<ReturnType<typeof showIssue>>): ToolOutput {
  const comments = issue.comments.slice(-20);
  const content = fit((max) => ({
    issue: {
      ...brief(issue),
      title: cut(issue.title, max),
      description: cut(issue.description, max),
      labels: issue.labels.length > 0 ? issue.labels : undefined,
      children: issue.children.length > 0 ? ids(issue.children.slice(0, 100)) : undefined,
      created_by: issue.createdBy ?? undefined,
      block_reason: cut(issue.blockReason, max),
      answer: cut(issue.answer, max),
      result: cut(issue.result, max),
    },
    comments: comments.map(({ author, kind, body }) => ({ author, kind, body: cut(body, max) })),
    earlier_comments: issue.comments.length > comments.length ? issue.comments.length - comments.length : undefined,
  }));
  return { content };
}

function brief(issue: Issue) {
  return {
    id: `#${issue.number}`,
    title: issue.title,
    status: issue.status,
    priority: issue.priority,
    assignee: issue.assignee ?? undefined,
    parent: issue.parent === null ? undefined : `#${issue.parent}`,
    depends_on: issue.dependsOn.length > 0 ? ids(issue.dependsOn) : undefined,
    waits_for: issue.waitsFor.length > 0 ? ids(issue.waitsFor) : undefined,
  };
}

const ids = (numbers: number[]): string[] => numbers.map((number) => `#${number}`);

function cut(text: string | null, max: number): string | undefined {
  if (text === null) return undefined;
  return text.length <= max ? text : `${text.slice(0, max)} [… ${text.length - max} characters more]`;
}

// Shortens texts further and further until the whole, which must stay JSON, fits.
function fit(render: (maxCharacters: number) => JsonObject | object): string {
  for (let max = 8000; ; max = Math.floor(max / 2)) {
    const content = JSON.stringify(render(max));
    if (Buffer.byteLength(content) <= maxOutputBytes || max < 10) return content;
  }
}
