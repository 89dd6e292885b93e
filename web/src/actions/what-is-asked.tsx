import type { WaitingCall, WaitingDetail } from '../../../src/client/control/waiting-detail.ts';
import type { WaitingEntry } from '../../../src/client/runs.ts';
import type { JsonValue } from '../../../src/domain/json.ts';
import { isCut } from '../../../src/domain/run/wait-detail.ts';
import { Diff } from '../untrusted/diff.tsx';
import { Ago } from '../ui/measures.tsx';
import { Notice } from '../ui/notice.tsx';
import styles from './actions.module.css';
import { DecidedLine } from './decided-line.tsx';
import { Literal } from './literal.tsx';
import { askedKind, shownElsewhere, timeoutWords } from './waiting-words.ts';

interface WhatIsAskedProps {
  entry: WaitingEntry;
  /** Undefined: it is on its way. */
  detail: WaitingDetail | undefined;
}

/** The literal thing that is asked about, and under which terms. */
export function WhatIsAsked({ entry, detail }: WhatIsAskedProps) {
  const isQuestion = entry.cause === 'blocker';
  return (
    <>
      {detail?.call ? (
        <Call call={detail.call} />
      ) : (
        entry.detail !== '' && <Literal text={detail?.text ?? entry.detail} />
      )}
      {detail && !detail.call && detail.text === null && isCut(entry.detail) && (
        <p className={styles.hint}>This is its beginning; the run has all of it.</p>
      )}
      {detail && detail.said !== null && detail.said !== entry.detail && (
        <details className={styles.fold} open={isQuestion}>
          <summary>What the agent said before</summary>
          <Literal text={detail.said} />
        </details>
      )}
      <Terms entry={entry} detail={detail} />
      {detail && detail.earlier.length > 0 && (
        <details className={styles.fold}>
          <summary>Decided before in this run ({detail.earlier.length})</summary>
          <ul className={styles.list}>
            {detail.earlier.map((one) => (
              <li key={`${one.id}${one.at}`}>
                <Literal text={one.what} isInline />
                <DecidedLine decision={one} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Call({ call }: { call: WaitingCall }) {
  const { input, tool, change, sources, workspace } = call;
  const command = tool === 'bash' && typeof input['command'] === 'string' ? input['command'] : null;
  const rest = Object.entries(input).filter(([name]) => !shownElsewhere(call).includes(name));
  return (
    <>
      {command !== null && <Literal text={command} />}
      {(command === null || rest.length > 0) && <Arguments tool={command === null ? tool : null} args={rest} />}
      {change && (
        <div>
          <p className={styles.hint}>
            {change.isNew ? 'A new file: ' : 'It changes '}
            <Literal text={change.path} isInline />
          </p>
          {change.patch === '' ? <p>Nothing: the file is like that already.</p> : <Diff patch={change.patch} />}
        </div>
      )}
      {workspace !== null && (
        <p className={styles.hint}>
          It works in <Literal text={workspace} isInline />
        </p>
      )}
      {sources.length > 0 && (
        <Notice kind="warn" title="The agent had read from outside before it asked: a stranger may have made it ask.">
          <ul>
            {sources.map(({ what, turn }) => (
              <li key={`${turn}${what}`}>
                <Literal text={what} isInline />
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </>
  );
}

/** The arguments one by one: a long text has a place of its own. `tool` null: it is known without. */
function Arguments({ tool, args }: { tool: string | null; args: readonly [string, JsonValue][] }) {
  return (
    <dl className={styles.terms}>
      {tool !== null && (
        <>
          <dt>tool</dt>
          <dd className={styles.mono}>
            <Literal text={tool} isInline />
          </dd>
        </>
      )}
      {args.map(([name, value]) => {
        const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
        const isLong = text.includes('\n') || text.length > 120;
        return [
          <dt key={name}>
            <Literal text={name} isInline />
          </dt>,
          <dd key={`${name} value`} className={styles.mono}>
            <Literal text={text} isInline={!isLong} />
          </dd>,
        ];
      })}
    </dl>
  );
}

function Terms({ entry, detail }: WhatIsAskedProps) {
  const { deadline, approvedBy, needed } = entry;
  const isOne = needed === 1 && deadline === null && approvedBy.length === 0 && entry.edits === undefined;
  if (isOne) return null;
  const then = timeoutWords(detail?.approval ?? null);
  return (
    <p className={styles.hint}>
      {needed > 1 && `${needed} people have to approve. `}
      {approvedBy.length > 0 && `Approved so far by ${approvedBy.join(', ')}. `}
      {entry.edits !== undefined && askedKind(entry) !== 'other' && `Changed ${entry.edits} times by people. `}
      {deadline !== null && (
        <>
          If nobody decides, {then ?? 'time decides'} <Ago at={deadline} />.
        </>
      )}
    </p>
  );
}
