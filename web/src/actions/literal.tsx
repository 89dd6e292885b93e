import { useEffect, useRef, useState, type ReactNode } from 'react';
import { withoutHiding } from './hidden.ts';
import styles from './actions.module.css';

/** A text of a model or a stranger by which somebody decides: what nobody sees in it is shown. `isInline`: as a part of a line. */
export function Literal({ text, isInline = false }: { text: string; isInline?: boolean }) {
  const pieces = withoutHiding(isInline ? text.replace(/\s+/g, ' ') : text).map((piece, at) =>
    piece.isHidden ? (
      <mark key={at} className={styles.hidden} title="something that nobody would see">
        {piece.text}
      </mark>
    ) : (
      piece.text
    ),
  );
  if (isInline) return <bdi>{pieces}</bdi>;
  return <Whole>{pieces}</Whole>;
}

/** A box that says how much of it is out of sight. */
function Whole({ children }: { children: ReactNode }) {
  const box = useRef<HTMLPreElement>(null);
  const [below, setBelow] = useState(0);
  useEffect(() => {
    const look = (): void => {
      const { scrollHeight, scrollTop, clientHeight } = box.current!;
      const height = Number.parseFloat(getComputedStyle(box.current!).lineHeight) || 18;
      setBelow(Math.round((scrollHeight - scrollTop - clientHeight) / height));
    };
    look();
    const element = box.current!;
    const watch = new ResizeObserver(look);
    watch.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      watch.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [children]);
  return (
    <div>
      <pre ref={box} className={styles.literal} tabIndex={0} dir="ltr">
        {children}
      </pre>
      {below > 0 && (
        <button
          type="button"
          className={styles.below}
          onClick={() => box.current?.scrollBy(0, box.current.clientHeight * 0.9)}
        >
          {below === 1 ? '1 more line below' : `${below} more lines below`}: read on
        </button>
      )}
    </div>
  );
}
