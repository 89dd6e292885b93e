import { withoutHiding } from './hidden.ts';
import styles from './actions.module.css';

/** A text of a model or a stranger by which somebody decides: what nobody sees in it is shown. `isInline`: as a part of a line. */
export function Literal({ text, isInline = false }: { text: string; isInline?: boolean }) {
  const pieces = withoutHiding(isInline ? text.replace(/\s+/g, ' ') : text).map((piece, at) =>
    piece.isHidden ? (
      <mark key={at} className={styles.hidden} title="a character that nobody sees">
        {piece.text}
      </mark>
    ) : (
      piece.text
    ),
  );
  if (isInline) return <bdi>{pieces}</bdi>;
  return (
    <pre className={styles.literal} tabIndex={0} dir="ltr">
      {pieces}
    </pre>
  );
}
