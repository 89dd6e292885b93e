import type { NewIssue } from '../store/issues/issue-changes.ts';
import type { ImportResult } from '../store/issues/issue-import.ts';
import type { Board, Issue, IssueComment, IssueFilter } from '../store/issues/issues.ts';
import { UsageError } from '../domain/errors.ts';
import { inTenant, isOf } from '../domain/ids/tenant.ts';
import type { Session } from './connection/session.ts';

export type { Issue, IssueComment, IssueStatus } from '../store/issues/issues.ts';

/** The boards of the session's tenant, those that changed last first. */
export async function listBoards({ store, tenant }: Session): Promise<Board[]> {
  const issues = await import('../store/issues/issues.ts');
  return issues.listBoards(store.sql, tenant);
}

/** Which runs' agents have claimed issues that were listed: ids of runs by `BOARD NUMBER`. */
export async function runsOfClaims(
  { store, tenant }: Session,
  listed: readonly Pick<Issue, 'board' | 'number'>[],
): Promise<Map<string, string>> {
  const issues = await import('../store/issues/issues.ts');
  return issues.claimingRuns(store.sql, tenant, listed);
}

/** Issues of all boards of the session's tenant, or of one. */
export async function listIssues({ store, tenant }: Session, filter: IssueFilter): Promise<Issue[]> {
  const issues = await import('../store/issues/issues.ts');
  const { board, ...rest } = filter;
  const ofBoard = board !== undefined && { board: inTenant(tenant, board) };
  return issues.listIssues(store.sql, { ...rest, ...ofBoard, ...(tenant !== null && { tenant }) });
}

/** The boards that have an issue with that number. */
export async function boardsWith({ store, tenant }: Session, number: number): Promise<string[]> {
  const issues = await import('../store/issues/issues.ts');
  return issues.boardsWith(store.sql, tenant, number);
}

/** One issue with its comments. @throws IssueError */
export async function showIssue(
  { store, tenant }: Session,
  board: string,
  number: number,
): Promise<Issue & { comments: IssueComment[]; children: number[] }> {
  const issues = await import('../store/issues/issues.ts');
  const whole = inTenant(tenant, board);
  if (!isOf(tenant, whole)) throw issues.noSuchIssue([number]);
  return issues.showIssue(store.sql, whole, number);
}

/** Adds the issues of a JSONL text to a board, all or none. @throws IssueImportError; UsageError for the board of another tenant */
export async function importIssues(
  session: Session,
  board: string,
  { text, name }: { text: string; name: string },
): Promise<ImportResult> {
  const issues = await import('../store/issues/issue-import.ts');
  const whole = boardOf(session, board);
  const { store, once } = session;
  const before = once?.before?.['imported'];
  if (before !== undefined) return before as unknown as ImportResult;
  return store.transaction(async (sql) => {
    const imported = await issues.importIssues(sql, whole, text, name);
    await once?.note({ imported: { ...imported } }, sql);
    return imported;
  });
}

/** Who does something to which issue: a person, outside of any run. */
interface Step {
  board: string;
  number: number;
  by: string;
}

type WholeIssue = Awaited<ReturnType<typeof showIssue>>;

/** Adds an issue with the board's next number. @throws IssueError when its parent or a dependency is not on the board */
export async function newIssue(
  session: Session,
  { board: named, by }: Omit<Step, 'number'>,
  wanted: NewIssue,
): Promise<WholeIssue> {
  const { store, once } = session;
  const board = boardOf(session, named);
  const before = once?.before?.['issue'];
  if (typeof before === 'number') return showIssue(session, board, before);
  const { createIssue, showIssue: show } = await changes();
  return store.transaction(async (sql) => {
    const { number } = await createIssue(sql, board, personCalled(by), wanted);
    await once?.note({ issue: number }, sql);
    return show(sql, board, number);
  });
}

/** How an issue goes on: closed with its result, or with an answer to what blocks it. */
export type IssueEnd = { kind: 'close'; text: string } | { kind: 'unblock'; text: string };

/** Closes an issue, or answers what blocks it; `check` as {@link changeIssue} has it. @throws IssueError */
export async function settleIssue(
  session: Session,
  { board: named, number, by }: Step,
  { end, check }: { end: IssueEnd; check: (now: WholeIssue) => void },
): Promise<WholeIssue> {
  const { store, once } = session;
  const board = boardOf(session, named);
  if (once?.before) return showIssue(session, board, number);
  const { closeIssue, unblockIssue } = await import('../store/issues/issue-steps.ts');
  const { lockIssue, showIssue: show } = await changes();
  return store.transaction(async (sql) => {
    await lockIssue(sql, board, number);
    check(await show(sql, board, number));
    const step = { board, number, actor: personCalled(by) };
    await (end.kind === 'close' ? closeIssue : unblockIssue)(sql, step, end.text);
    await once?.note({ settled: number }, sql);
    return show(sql, board, number);
  });
}

/** Changes fields of an issue. `check` looks at it as it is then, and throws where it must not be changed. @throws IssueError */
export async function changeIssue(
  session: Session,
  { board: named, number, by }: Step,
  { change, check }: { change: Partial<Omit<NewIssue, 'parent'>>; check: (now: WholeIssue) => void },
): Promise<WholeIssue> {
  const { lockIssue, updateIssue, showIssue: show } = await changes();
  const board = boardOf(session, named);
  return session.store.transaction(async (sql) => {
    await lockIssue(sql, board, number);
    check(await show(sql, board, number));
    await updateIssue(sql, board, personCalled(by), { ...change, number });
    return show(sql, board, number);
  });
}

/** Adds a remark. @throws IssueError */
export async function commentOn(
  session: Session,
  { board: named, number, by }: Step,
  body: string,
): Promise<WholeIssue> {
  const { store, once } = session;
  const board = boardOf(session, named);
  if (once?.before) return showIssue(session, board, number);
  const { commentIssue, showIssue: show } = await changes();
  return store.transaction(async (sql) => {
    await commentIssue(sql, { board, number, actor: personCalled(by) }, body);
    await once?.note({ commented: number }, sql);
    return show(sql, board, number);
  });
}

/** @throws UsageError for the board of another tenant, whether it is there or not */
function boardOf({ tenant }: Session, board: string): string {
  const whole = inTenant(tenant, board);
  if (isOf(tenant, whole)) return whole;
  throw new UsageError(`a board cannot be called "${board.slice(0, 200)}": "@" stands behind a tenant.`);
}

async function changes() {
  const parts = await Promise.all([
    import('../store/issues/issue-changes.ts'),
    import('../store/issues/issue-access.ts'),
    import('../store/issues/issues.ts'),
  ]);
  return { ...parts[0], ...parts[1], ...parts[2] };
}

function personCalled(name: string) {
  return { name, runKey: null };
}
