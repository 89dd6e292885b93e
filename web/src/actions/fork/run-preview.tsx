import { safeLine } from '../../../../src/domain/safe-text.ts';
import type { RunPreview } from '../../../../src/client/preview/preview.ts';
import { formatUsd } from '../../../../src/domain/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { Money } from '../../ui/measures.tsx';
import { Notice, ProblemNotice } from '../../ui/notice.tsx';
import { Loading } from '../../ui/surface.tsx';
import styles from '../actions.module.css';
import { costWords } from './preview-words.ts';
import type { usePreview } from './use-preview.ts';

interface PreviewOfRunProps {
  preview: ReturnType<typeof usePreview>;
  /** There is something to find out. */
  isAsked: boolean;
  /** What is wrong stands at its fields already. */
  hidesProblem?: boolean;
}

/** What would be used again, what done anew and why, and for how much: nothing has been started. */
export function PreviewOfRun({ preview, isAsked, hidesProblem = false }: PreviewOfRunProps) {
  const { shown, error, isLoading } = preview;
  return (
    <section className={styles.part} aria-label="What it would do" aria-busy={isLoading}>
      <h3>What it would do</h3>
      {!isAsked && (
        <p className={styles.hint}>
          Choose where to go on from, or change something: what comes of it stands here, before anything starts.
        </p>
      )}
      {error && !hidesProblem && <ProblemNotice error={error} />}
      {error && hidesProblem && <p className={styles.hint}>Mend what is marked first.</p>}
      {isAsked && !shown && isLoading && <Loading what="Finding out" />}
      {shown && !error && <Sums preview={shown} />}
    </section>
  );
}

function Sums({ preview }: { preview: RunPreview }) {
  const { counts, savedUsd, expected, untried, warnings, tasks, isInPlace } = preview;
  const cost = costWords(expected);
  return (
    <>
      <dl className={styles.sums}>
        <div>
          <dt>done anew</dt>
          <dd>{counts.anew}</dd>
        </div>
        <div>
          <dt>{isInPlace ? 'stay as they are' : 'used again'}</dt>
          <dd>{isInPlace ? counts.stays : counts.reused}</dd>
        </div>
        <div>
          <dt>may cost</dt>
          <dd>{cost ?? 'not known'}</dd>
        </div>
        {savedUsd > 0 && (
          <div>
            <dt>not paid again</dt>
            <dd>{formatUsd(savedUsd)}</dd>
          </div>
        )}
      </dl>
      {untried > 0 && counts.anew > 0 && (
        <p className={styles.hint}>
          Of {untried} of them nothing is known from earlier runs: the price of their model alone says what they may
          cost.
        </p>
      )}
      {warnings.map((text) => (
        <Notice key={text} kind="warn" title={safeLine(text)} />
      ))}
      <ul className={`${styles.list} ${styles.fates}`} tabIndex={0} aria-label="Tasks">
        {tasks.map(({ id, fate, why, costUsd }) => (
          <li key={`${fate}${id}`} className={styles.row}>
            <Icon name={fate === 'anew' ? 'play' : 'check'} size={12} />
            <strong>{safeLine(id)}</strong>
            <span className={styles.hint}>
              {fate === 'anew' ? 'anew' : fate === 'reused' ? 'used again' : 'stays'}: {safeLine(why)}
              {costUsd !== null && costUsd > 0 && (
                <>
                  {' · '}
                  <Money usd={costUsd} isEstimate={fate === 'anew'} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      {counts.anew + counts.reused + counts.stays > tasks.length && (
        <p className={styles.hint}>These are the first {tasks.length}.</p>
      )}
    </>
  );
}
