import { basename, resolve } from 'node:path';
import type { Session } from '../../client/connection/session.ts';
import { boardsWith, importIssues, listIssues, showIssue } from '../../client/issues.ts';
import type { Issue, IssueComment, IssueStatus } from '../../client/issues.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { formatDate, plural } from '../../domain/format.ts';
import { readUserFile } from '../../host/user-file.ts';
import { parseCount } from '../options/run-options.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import { reading, withSession } from '../base/with-session.ts';
import { table, type Column } from '../show/table.ts';

const columns: readonly Column[] = [
  { title: 'Board', drop: 2 },
  { title: '#', align: 'right' },
  { title: 'Status' },
  { title: 'Prio', align: 'right', drop: 3 },
  { title: 'Assignee', drop: 1 },
  { title: 'Title', flexible: 12 },
];
const statuses: readonly string[] = ['open', 'claimed', 'blocked', 'closed'];

interface IssueOptions {
  board?: string;
  status?: string;
  json?: boolean;
}

/** `gaffer issues list`. */
export const list = {
  async execute(context: CommandContext, _args: string[], { board, status, json }: IssueOptions): Promise<number> {
    if (status !== undefined && !statuses.includes(status)) {
      throw new UsageError(`--status "${status}" is none: ${statuses.join(', ')}.`);
    }
    const { terminal } = context;
    const print = (issues: readonly Issue[]): void => {
      if (json) terminal.out(toJson(issues));
      else if (issues.length === 0) terminal.err('No issues.\n');
      else terminal.out(`${issueTable(issues, context).join('\n')}\n`);
    };
    const wanted = { board, status: status as IssueStatus | undefined };
    return reading(
      context,
      async (session) => print(await listIssues(session, wanted)),
      () => print([]),
    );
  },
};

/** `gaffer issues show NUMBER`. */
export const show = {
  async execute(context: CommandContext, [text]: string[], { board, json }: IssueOptions): Promise<number> {
    const number = parseCount(text!.replace(/^#/, ''), 'issue number');
    return reading(context, async (session) => {
      const issue = await showIssue(session, board ?? (await boardWith(session, number)), number);
      context.terminal.out(json ? toJson(issue) : `${issueLines(issue).join('\n')}\n`);
    });
  },
};

/** `gaffer issues import FILE`. */
export const importFile = {
  async execute(context: CommandContext, [file]: string[], { board, json }: IssueOptions): Promise<number> {
    const path = resolve(context.cwd, file!);
    const text = readUserFile(path);
    return withSession(context, { whenAbsent: 'database' }, async (session) => {
      const result = await importIssues(session, board!, { text, name: basename(path) });
      const known = result.alreadyThere > 0 ? `, ${result.alreadyThere} already there` : '';
      const line = `${plural(result.added, 'issue')} added to board ${safeLine(board!)}${known}\n`;
      context.terminal.out(json ? toJson({ board, ...result }) : line);
      return exitCodes.succeeded;
    });
  },
};

async function boardWith(session: Session, number: number): Promise<string> {
  const boards = await boardsWith(session, number);
  if (boards.length === 1) return boards[0]!;
  if (boards.length === 0)
    throw new UsageError(`there is no issue #${number}: \`gaffer issues list\` shows those there are.`);
  const names = boards.slice(0, 10).map(safeLine);
  throw new UsageError(`several boards have an issue #${number}; name one with --board: ${names.join(', ')}`);
}

function issueTable(issues: readonly Issue[], { terminal }: CommandContext): string[] {
  const rows = issues.map((issue) => [
    issue.board,
    String(issue.number),
    issue.status,
    String(issue.priority),
    issue.assignee ?? '',
    issue.title,
  ]);
  return table(columns, rows, { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim });
}

function issueLines(issue: Issue & { comments: IssueComment[]; children: number[] }): string[] {
  const facts = [
    `board ${issue.board}`,
    issue.status,
    `priority ${issue.priority}`,
    issue.assignee ? `assigned to ${issue.assignee}` : 'unassigned',
    ...(issue.parent === null ? [] : [`part of #${issue.parent}`]),
    ...(issue.waitsFor.length > 0 ? [`waits for ${issue.waitsFor.map((each) => `#${each}`).join(', ')}`] : []),
  ];
  const told: [string, string | null][] = [
    ['Blocked', issue.blockReason],
    ['Answer', issue.answer],
    ['Result', issue.result],
  ];
  return [
    `#${issue.number} ${safeLine(issue.title)}`,
    safeLine(facts.join(' · ')),
    ...(issue.description ? ['', safeText(issue.description).trimEnd()] : []),
    ...told.flatMap(([title, text]) => (text ? ['', `${title}: ${safeText(text).trimEnd()}`] : [])),
    ...issue.comments.flatMap((comment) => [
      '',
      `${safeLine(comment.author)} · ${comment.kind} · ${formatDate(comment.at)}`,
      safeText(comment.body).trimEnd(),
    ]),
  ];
}
