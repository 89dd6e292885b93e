import { useState } from 'react';
import type { CutText } from '../../../../../src/client/inspect/cut-text.ts';
import { Markdown } from '../../../untrusted/markdown.tsx';
import { Plain } from '../../../untrusted/plain.tsx';
import { Button } from '../../../ui/button.tsx';
import { Copy } from '../../../ui/surface.tsx';
import styles from './transcript.module.css';

/** Characters that are shown of a text before somebody asks for more. */
const shownAtFirst = 4000;

interface LongTextProps {
  text: CutText;
  isMarkdown: boolean;
  /** Where the whole of it is, as a file. */
  whole?: string | undefined;
  label?: string;
}

/** A text of somebody else: how it begins, more of it, and the whole of it as a file. */
export function LongText({ text: { text, length }, isMarkdown, whole, label = 'Text' }: LongTextProps) {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? text : text.slice(0, shownAtFirst).toWellFormed();
  return (
    <div className={styles.said}>
      {isMarkdown ? <Markdown text={shown} /> : <Plain text={shown} label={label} />}
      {(text.length > shownAtFirst || length > text.length) && (
        <div className={styles.more}>
          {text.length > shownAtFirst && (
            <Button kind="quiet" icon={isOpen ? 'up' : 'down'} onClick={() => setOpen(!isOpen)}>
              {isOpen ? 'Less' : `${(text.length - shownAtFirst).toLocaleString('en')} more characters`}
            </Button>
          )}
          {length > text.length && whole !== undefined && (
            <a href={whole} download>
              All {length.toLocaleString('en')} characters as a file
            </a>
          )}
          <Copy text={text} label="Copy the text" />
        </div>
      )}
    </div>
  );
}
