import { useState, type KeyboardEvent, type PointerEvent } from 'react';
import { useKeys } from '../../shell/keys.tsx';
import styles from './page.module.css';

const least = 25;
const most = 75;
const key = 'gaffer.run.share';

/** How much of the width the left side has, in percent; kept in this browser. */
export function useShare(): [number, (share: number) => void] {
  const [share, setShare] = useState(() => within(Number(localStorage.getItem(key) ?? 58)));
  const change = (to: number): void => {
    setShare(within(to));
    localStorage.setItem(key, String(within(to)));
  };
  return [share, change];
}

function within(share: number): number {
  return Number.isFinite(share) ? Math.min(most, Math.max(least, Math.round(share))) : 58;
}

/** What stands between two sides and can be moved, by the pointer or by arrows. */
export function Divider({ share, onChange }: { share: number; onChange: (share: number) => void }) {
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = { ArrowLeft: share - 3, ArrowRight: share + 3, Home: least, End: most }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onChange(to);
  };
  useKeys({ '← →': { label: 'Width of the picture, once the line beside it has the focus', run: null } });
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const { left, width } = event.currentTarget.parentElement!.getBoundingClientRect();
    onChange(((event.clientX - left) / width) * 100);
  };
  return (
    <div
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label="Width of the picture"
      {...{ 'aria-valuemin': least, 'aria-valuemax': most, 'aria-valuenow': share }}
      className={styles.divider}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
    />
  );
}
