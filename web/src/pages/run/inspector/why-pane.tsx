import type { ReactNode } from 'react';
import type { TaskAttempt } from '../../../../../src/client/inspect/task-attempts.ts';
import type { TaskDetail } from '../../../../../src/client/inspect/task-detail.ts';
import { safeText } from '../../../../../src/domain/safe-text.ts';
import { TaskActions } from '../../../actions/task-actions.tsx';
import { useLive } from '../../../live/run-store.ts';
import { Plain } from '../../../untrusted/plain.tsx';
import { Button } from '../../../ui/button.tsx';
import { Ago, Duration, Elapsed, Money, Tokens } from '../../../ui/measures.tsx';
import { Notice } from '../../../ui/notice.tsx';
import { Copy } from '../../../ui/surface.tsx';
import { useSelection } from '../selection.ts';
import { ChangedSince } from './changed-since.tsx';
import { isEarlier } from './earlier-attempt.ts';
import { TaskLink } from './task-link.tsx';
import styles from './inspector.module.css';

const kinds = {
  failed: 'bad',
  waiting: 'warn',
  skipped: 'warn',
  cancelled: 'warn',
  succeeded: 'good',
  reused: 'good',
} as const;

interface WhyProps {
  detail: TaskDetail;
  attempt: TaskAttempt | null;
  onLook: (look: 'transcript' | 'io') => void;
}

/** Why a task stands as it does, and what can be done about it. */
export function WhyPane({ detail, attempt, onLook }: WhyProps) {
  const { why, needs, neededBy, members } = detail;
  const kind = Object.hasOwn(kinds, why.status) ? kinds[why.status as keyof typeof kinds] : 'info';
  const stuck = useLive(({ view, standing }) => standing?.stuck ?? view?.stuck ?? null);
  const isStuck = stuck !== null && ['running', 'ready', 'pending'].includes(why.status);
  return (
    <div className={styles.why}>
      {isStuck && <Notice kind="bad" title={`The run is stuck: ${safeText(stuck)}`} />}
      {attempt && isEarlier(detail, attempt) ? (
        <Earlier detail={detail} attempt={attempt} />
      ) : (
        <>
          <Notice kind={kind} title={safeText(why.cause)}>
            {why.since !== null && (
              <p>
                Since <Ago at={why.since} />
              </p>
            )}
          </Notice>
          {why.detail !== null && why.detail !== why.cause && (
            <Plain text={why.detail} label="All that was said of it" />
          )}
          <Ways ways={why.ways} />
          <TaskActions task={detail.id} />
        </>
      )}
      {attempt && <Facts detail={detail} attempt={attempt} />}
      {attempt && attempt.turns > 0 && (
        <div className={styles.buttons}>
          <Button icon="message" onClick={() => onLook('transcript')}>
            Read what was said
          </Button>
          <Button icon="file" onClick={() => onLook('io')}>
            Input and output
          </Button>
        </div>
      )}
      {attempt && attempt.number > 1 && <ChangedSince detail={detail} attempt={attempt} />}
      {members && <Members members={members} group={detail.id} />}
      {needs.length > 0 && (
        <Neighbours title={attempt ? 'It began after' : 'It begins after'}>
          {needs.map(({ id, status }) => (
            <TaskLink key={id} id={id} status={status ?? 'pending'} />
          ))}
        </Neighbours>
      )}
      {neededBy.length > 0 && (
        <Neighbours title="These begin after it">
          {neededBy.slice(0, 30).map((id) => (
            <TaskLink key={id} id={id} />
          ))}
        </Neighbours>
      )}
    </div>
  );
}

/** How an attempt ended that another came after. */
function Earlier({ detail, attempt }: { detail: TaskDetail; attempt: TaskAttempt }) {
  const { select } = useSelection();
  const { number, status, error } = attempt;
  return (
    <>
      <Notice
        kind={status === 'failed' ? 'bad' : 'info'}
        title={`Attempt ${number} of ${detail.attempts.length} ${status === 'failed' ? 'failed' : `is ${status}`}, and the task was begun anew.`}
        action={<Button onClick={() => select(detail.id)}>Show the newest</Button>}
      >
        The task is {detail.status} now.
      </Notice>
      {error !== null && <Plain text={error} label={`Why attempt ${number} failed`} />}
    </>
  );
}

function Ways({ ways }: Pick<TaskDetail['why'], 'ways'>) {
  if (ways.length === 0) return null;
  return (
    <div>
      <h3>What can be done</h3>
      <ul className={styles.ways}>
        {ways.map(({ text, command }) => (
          <li key={text}>
            {safeText(text)}
            {command !== undefined && (
              <span className={styles.command}>
                <code>{safeText(command)}</code>
                <Copy text={command} label="Copy the command" />
              </span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Facts({ detail, attempt }: { detail: TaskDetail; attempt: TaskAttempt }) {
  const { begunAt, endedAt, models, turns, paid, tools, chosen } = attempt;
  return (
    <dl className={styles.facts}>
      <dt>Agent</dt>
      <dd>{safeText(attempt.agent || detail.agent)}</dd>
      {models.length > 0 && (
        <>
          <dt>Model</dt>
          <dd>
            {safeText(models.join(', '))}
            {chosen && <span className={styles.muted}> ({safeText(chosen.reason)})</span>}
          </dd>
        </>
      )}
      {begunAt !== null && (
        <>
          <dt>Time</dt>
          <dd>
            {endedAt === null ? (
              <Elapsed since={begunAt} />
            ) : (
              <Duration ms={Date.parse(endedAt) - Date.parse(begunAt)} />
            )}
            , began <Ago at={begunAt} />
          </dd>
        </>
      )}
      <dt>Work</dt>
      <dd>
        {turns} {turns === 1 ? 'turn' : 'turns'}, {tools.calls} {tools.calls === 1 ? 'call' : 'calls'} of tools
        {tools.failed > 0 && `, ${tools.failed} failed`}
        {tools.refused > 0 && `, ${tools.refused} refused`}
      </dd>
      <dt>Cost</dt>
      <dd>
        <Money usd={paid.costUsd} isUncounted={paid.uncountedCalls > 0} isEstimate={paid.estimatedCalls > 0} />,{' '}
        <Tokens n={paid.tokens} /> tokens
      </dd>
    </dl>
  );
}

function Members({ members, group }: { members: NonNullable<TaskDetail['members']>; group: string }) {
  const counts = Object.entries(members.counts);
  return (
    <Neighbours title={`${members.width} members of ${safeText(group)}`}>
      <span>{counts.map(([status, count]) => `${count} ${status}`).join(' · ')}</span>
      {members.failed.map((id) => (
        <TaskLink key={id} id={id} status="failed" />
      ))}
    </Neighbours>
  );
}

function Neighbours({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <h3>{title}</h3>
      <div className={styles.neighbours}>{children}</div>
    </div>
  );
}
