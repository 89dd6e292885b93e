import { useEffect, useRef, type UIEvent } from 'react';
import type { DraftProblem } from '../../../../src/client/drafts/draft-answer.ts';
import { safeText } from '../../../../src/domain/safe-text.ts';
import type { WantedLine } from './use-workbench.ts';
import styles from './text-pane.module.css';

interface TextPaneProps {
  text: string;
  isBusy: boolean;
  problems: readonly DraftProblem[];
  wanted: WantedLine | null;
  onType: (text: string) => void;
}

const lineHeight = 20;

/** The file as it is written, with its lines' numbers and the mistakes at theirs. */
export function TextPane({ text, isBusy, problems, wanted, onType }: TextPaneProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const count = text.split('\n').length;
  const wrong = new Map<number, DraftProblem>();
  for (const problem of problems)
    if (problem.line !== undefined && !wrong.has(problem.line)) wrong.set(problem.line, problem);
  useEffect(() => {
    const { current } = area;
    if (!wanted || !current) return;
    const lines = current.value.split('\n');
    const start = lines.slice(0, wanted.line - 1).join('\n').length + (wanted.line > 1 ? 1 : 0);
    if (wanted.goes) current.focus();
    current.setSelectionRange(start, start + (lines[wanted.line - 1]?.length ?? 0));
    current.scrollTop = Math.max(0, (wanted.line - 4) * lineHeight);
    current.scrollLeft = 0;
  }, [wanted]);
  const onScroll = (event: UIEvent<HTMLTextAreaElement>): void => {
    gutter.current!.scrollTop = event.currentTarget.scrollTop;
  };
  return (
    <div className={styles.pane}>
      <div className={styles.editor}>
        <div ref={gutter} className={styles.gutter} aria-hidden="true">
          {Array.from({ length: count }, (_, at) => {
            const problem = wrong.get(at + 1);
            return (
              <div
                key={at}
                data-wrong={problem ? (problem.severity ?? 'error') : undefined}
                title={problem && safeText(problem.detail)}
              >
                {at + 1}
              </div>
            );
          })}
        </div>
        <textarea
          ref={area}
          aria-label="The workflow file as text"
          className={styles.text}
          spellCheck={false}
          wrap="off"
          readOnly={isBusy}
          value={text}
          onScroll={onScroll}
          onChange={(event) => onType(event.target.value)}
        />
      </div>
    </div>
  );
}
