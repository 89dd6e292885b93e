import type { Verdict } from '../../../../../src/client/inspect/call-verdict.ts';
import type { ToolStory } from '../../../../../src/client/inspect/task-transcript.ts';
import { safeLine, safeText } from '../../../../../src/domain/safe-text.ts';
import { Duration } from '../../../ui/measures.tsx';
import { Icon, type IconName } from '../../../ui/icon.tsx';
import { LongText } from './long-text.tsx';
import styles from './transcript.module.css';

const looks: Readonly<Record<Verdict['kind'], { icon: IconName; tone: string; words: string }>> = {
  allowed: { icon: 'check', tone: 'idle', words: 'allowed: no rule stands against it' },
  approved: { icon: 'approvals', tone: 'good', words: 'approved' },
  rejected: { icon: 'close', tone: 'bad', words: 'rejected' },
  expired: { icon: 'schedules', tone: 'warn', words: 'nobody decided in time' },
  asked: { icon: 'approvals', tone: 'warn', words: 'waits for an approval' },
  denied: { icon: 'stop', tone: 'bad', words: 'forbidden by a rule of the run' },
};

/** A call of a tool as one block: what was asked for, whether it might, what came of it and how long it took. */
export function ToolCall({ call, whole }: { call: ToolStory; whole: string }) {
  const { name, text, result, verdict, durationMs, tries, ran, input } = call;
  return (
    <div className={styles.call} data-bad={result?.isError || undefined}>
      <div className={styles.callHead}>
        <Icon name="builder" />
        <code className={styles.tool}>{safeLine(name)}</code>
        <span className={styles.gist}>{gistOf(input)}</span>
        <span className={styles.spacer} />
        {durationMs !== null && <Duration ms={durationMs} />}
        {tries > 1 && <span className={styles.warn}>{tries} tries</span>}
        {ran !== undefined && ran !== 'unknown' && (
          <span className={ran === 'in the sandbox' ? '' : styles.warn}>{ran}</span>
        )}
      </div>
      <VerdictLine verdict={verdict} />
      <details open={text.length < 600}>
        <summary>Arguments</summary>
        <LongText text={text} isMarkdown={false} whole={whole} label={`Arguments of ${name}`} />
      </details>
      {result ? (
        <details open={result.isError || result.length < 1500}>
          <summary>{result.isError ? 'Error' : 'Result'}</summary>
          <LongText text={result} isMarkdown={false} whole={`${whole}&result=true`} label={`Result of ${name}`} />
        </details>
      ) : (
        <p className={styles.note}>It has no result yet.</p>
      )}
    </div>
  );
}

/** The argument that says most. */
function gistOf(input: ToolStory['input']): string {
  if (!input) return '';
  const { action, path, command, url, query } = input;
  const said = [action, path, command, url, query].filter((each) => typeof each === 'string').join(' ');
  return safeLine(said).slice(0, 120);
}

function VerdictLine({ verdict }: { verdict: Verdict }) {
  const { icon, tone, words } = looks[verdict.kind];
  const decisions = verdict.kind === 'allowed' || verdict.kind === 'denied' ? [] : verdict.approval.decisions;
  const who = decisions.map(({ by, comment, edited }) =>
    safeText(`by ${by}${edited ? ', who changed it' : ''}${comment === '' ? '' : `: “${comment}”`}`),
  );
  return (
    <p className={styles.verdict} data-tone={tone}>
      <Icon name={icon} size={12} /> {[words, ...who].join(' ')}
    </p>
  );
}
