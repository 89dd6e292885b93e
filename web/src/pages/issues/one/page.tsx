import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useKeys } from '../../../shell/keys.tsx';
import { useWhyNot } from '../../../shell/session.tsx';
import { useTitle } from '../../../shell/title.ts';
import { usePathParts } from '../../../ui/use-path-parts.ts';
import { Button } from '../../../ui/button.tsx';
import { Ago } from '../../../ui/measures.tsx';
import { ProblemNotice } from '../../../ui/notice.tsx';
import { Card, Chip, Loading, Page as Sheet } from '../../../ui/surface.tsx';
import { Markdown } from '../../../untrusted/markdown.tsx';
import { EditIssue } from '../edit-issue.tsx';
import { IssueState } from '../issue-state.tsx';
import { AnswerBlock, CommentOrClose } from '../issue-steps.tsx';
import { pathOf, priorities, type WholeIssue } from '../types.ts';
import { useIssue, type SeenIssue } from '../use-issue.ts';
import styles from '../issues.module.css';

/** One issue: what it is about, what was said of it, and how it goes on. */
export function Page() {
  const [, board = '', number = ''] = usePathParts();
  const [, navigate] = useLocation();
  const [edited, setEdited] = useState<SeenIssue | null>(null);
  const why = useWhyNot('run');
  const { path, seen, error } = useIssue(board, number);
  const issue = seen?.answer;
  const isClosed = issue?.status === 'closed';
  useTitle(issue ? `#${number} ${issue.title}` : `#${number}`);
  useKeys({
    u: { label: 'The board', run: () => navigate(`/issues?board=${encodeURIComponent(board)}`) },
    e: { label: 'Edit the issue', run: () => seen && !isClosed && why === undefined && setEdited(seen) },
  });
  if (!seen || !issue) return error ? <ProblemNotice error={error} /> : <Loading />;
  const whyNotEdit = why ?? (isClosed ? 'it is closed: say something, or add another' : undefined);
  return (
    <Sheet
      title={
        <>
          <span className={styles.quiet}>#{issue.number}</span> {issue.title}
        </>
      }
      actions={
        <>
          <Link href={`/issues?board=${encodeURIComponent(board)}`}>Board {board}</Link>
          {!edited && (
            <Button why={whyNotEdit} onClick={() => setEdited(seen)}>
              Edit
            </Button>
          )}
        </>
      }
    >
      <Facts issue={issue} />
      {edited && (
        <Card title="Edit">
          <EditIssue path={path} first={edited} now={seen} onClose={() => setEdited(null)} />
        </Card>
      )}
      {issue.status === 'blocked' && <AnswerBlock {...{ path, seen }} />}
      {issue.description !== '' && !edited && (
        <Card title="Description">
          <Markdown text={issue.description} />
        </Card>
      )}
      {issue.result !== null && (
        <Card title="What came of it">
          <Markdown text={issue.result} />
        </Card>
      )}
      <Card title="What happened">
        <Story issue={issue} />
      </Card>
      <CommentOrClose {...{ path, seen }} />
    </Sheet>
  );
}

function Facts({ issue }: { issue: WholeIssue }) {
  const { board, status, priority, labels, assignee, claimedIn, parent, dependsOn, waitsFor, children } = issue;
  const link = (number: number) => (
    <Link key={number} href={pathOf({ board, number })}>
      #{number}
      {dependsOn.includes(number) && !waitsFor.includes(number) && ' (closed)'}
    </Link>
  );
  return (
    <dl className={styles.facts}>
      <div>
        <dt>State</dt>
        <dd>
          <IssueState of={status} />
        </dd>
      </div>
      <div>
        <dt>Priority</dt>
        <dd>{priorities[priority]}</dd>
      </div>
      {assignee !== null && (
        <div>
          <dt>Who has it</dt>
          <dd>
            {assignee}
            {claimedIn !== null && (
              <>
                {' in '}
                <Link href={`/runs/${encodeURIComponent(claimedIn)}`}>{claimedIn}</Link>
              </>
            )}
          </dd>
        </div>
      )}
      {parent !== null && (
        <div>
          <dt>Part of</dt>
          <dd>{link(parent)}</dd>
        </div>
      )}
      {dependsOn.length > 0 && (
        <div>
          <dt>{waitsFor.length > 0 ? 'Waits for' : 'Waited for'}</dt>
          <dd className={styles.links}>{dependsOn.map(link)}</dd>
        </div>
      )}
      {children.length > 0 && (
        <div>
          <dt>Parts</dt>
          <dd className={styles.links}>{children.map(link)}</dd>
        </div>
      )}
      {labels.length > 0 && (
        <div>
          <dt>Labels</dt>
          <dd className={styles.links}>
            {labels.map((label) => (
              <Chip key={label}>{label}</Chip>
            ))}
          </dd>
        </div>
      )}
    </dl>
  );
}

const did = { comment: 'said', blocked: 'was blocked', unblocked: 'answered', closed: 'closed it' } as const;

function Story({ issue: { createdBy, createdAt, comments } }: { issue: WholeIssue }) {
  return (
    <ol className={styles.story}>
      <li>
        <p>
          <strong>{createdBy ?? 'Somebody'}</strong> wrote it down <Ago at={createdAt} />
        </p>
      </li>
      {comments.map(({ author, kind, body, at }, index) => (
        <li key={index}>
          <p>
            <strong>{author}</strong> {did[kind]} <Ago at={at} />
          </p>
          <div className={styles.words}>
            <Markdown text={body} />
          </div>
        </li>
      ))}
    </ol>
  );
}
