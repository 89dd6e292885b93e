import { safeText } from '../../../../src/domain/safe-text.ts';
import { Notice } from '../../ui/notice.tsx';
import { plural } from '../../../../src/domain/format.ts';
import type { Mistake } from './use-check.ts';
import styles from './workflows.module.css';

/** A workflow file as it is written, with what is wrong with it below the lines that it is about. */
export function SourceView({ text, mistakes }: { text: string; mistakes: readonly Mistake[] }) {
  const lines = text.replace(/\n$/, '').split('\n');
  const placed = mistakes.filter(({ line }) => line !== null && line <= lines.length);
  const ofLine = Map.groupBy(placed, ({ line }) => line!);
  return (
    <>
      {mistakes.length > 0 && (
        <Notice kind="bad" title={`${plural(mistakes.length, 'mistake')}: it cannot be started like this.`}>
          <ul>
            {mistakes.map((mistake, at) => (
              <li key={at}>
                {mistake.line !== null && placed.includes(mistake) ? (
                  <a href={`#line-${mistake.line}`}>Line {mistake.line}</a>
                ) : (
                  <code>{mistake.path}</code>
                )}{' '}
                {mistake.message}
                {mistake.hint && <span className={styles.quiet}> · {mistake.hint}</span>}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <ol className={styles.source} aria-label="The file, line by line" tabIndex={0}>
        {lines.map((line, at) => (
          <li key={at} id={`line-${at + 1}`} data-wrong={ofLine.has(at + 1) || undefined}>
            <span className={styles.lineNumber} aria-hidden="true">
              {at + 1}
            </span>
            <code>{safeText(line) || ' '}</code>
            {ofLine.get(at + 1)?.map((mistake, no) => (
              <span key={no} className={styles.mistake}>
                {mistake.column !== null && (
                  <code aria-hidden="true">{`${' '.repeat(Math.min(mistake.column, 120) - 1)}^ `}</code>
                )}
                {mistake.message}
                {mistake.hint && ` · ${mistake.hint}`}
              </span>
            ))}
          </li>
        ))}
      </ol>
    </>
  );
}
