import { memo, useMemo, useState } from 'react';
import { safeLine, safeText } from '../../../src/domain/safe-text.ts';
import { Button } from '../ui/button.tsx';
import { readPatch, type PatchFile, type PatchLine } from './read-patch.ts';
import styles from './diff.module.css';

/** Lines of a file that are shown before somebody asks for more. */
const shownAtFirst = 200;
/** Lines that come with each press. */
const shownMore = 1000;
const signs = { added: '+', removed: '−', same: ' ', place: ' ' } as const;
const words = { added: 'added: ', removed: 'removed: ', same: '', place: '' } as const;

/** What differs, file by file, as text: by sign as well as by colour. */
export const Diff = memo(function Diff({ patch, label = 'Changes' }: { patch: string; label?: string }) {
  const files = useMemo(() => readPatch(patch), [patch]);
  if (files.length === 0) return <p className={styles.none}>Nothing differs.</p>;
  return (
    <div className={styles.files}>
      {files.map((file, at) => (
        <FileOfDiff key={at} file={file} label={label} isOpen={files.length <= 10} />
      ))}
    </div>
  );
});

function FileOfDiff({ file, label, isOpen }: { file: PatchFile; label: string; isOpen: boolean }) {
  const name = safeLine(file.name);
  if (name === '') return <Lines lines={file.lines} label={label} />;
  return (
    <details open={isOpen}>
      <summary className={styles.file}>
        <code>{name}</code>{' '}
        {file.added + file.removed > 0 && (
          <span className={styles.counts}>
            +{file.added} −{file.removed}
          </span>
        )}
      </summary>
      <Lines lines={file.lines} label={`${label} of ${name}`} />
    </details>
  );
}

function Lines({ lines, label }: { lines: readonly PatchLine[]; label: string }) {
  const [most, setMost] = useState(shownAtFirst);
  return (
    <>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
        <table className={styles.lines}>
          <tbody>
            {lines.slice(0, most).map((line, at) => (
              <tr key={at} data-kind={line.kind}>
                <td className={styles.number}>{line.before}</td>
                <td className={styles.number}>{line.after}</td>
                <td className={styles.sign} aria-hidden="true">
                  {signs[line.kind]}
                </td>
                <td className={styles.text}>
                  {words[line.kind] !== '' && <span className="visually-hidden">{words[line.kind]}</span>}
                  {safeText(line.text)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {lines.length > most && (
        <Button kind="quiet" onClick={() => setMost(most + shownMore)}>
          {Math.min(shownMore, lines.length - most)} more lines of {lines.length - most}
        </Button>
      )}
    </>
  );
}
