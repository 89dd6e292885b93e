import type { UsageRow } from '../../../../src/store/service/usage.ts';
import { formatCount, formatUsd } from '../../../../src/domain/format.ts';
import styles from './usage.module.css';

/** What each day cost, as bars; heard as a list. */
export function Bars({ days, rows }: { days: readonly string[]; rows: readonly UsageRow[] }) {
  const byDay = new Map(rows.map((row) => [row.name, row]));
  const most = Math.max(...rows.map(({ usd }) => usd), 0);
  return (
    <div className={styles.chart}>
      <div className={styles.most} aria-hidden="true">
        {formatUsd(most)}
      </div>
      <ul className={styles.bars} aria-label="Cost of each day">
        {days.map((day) => {
          const { usd = 0, tokens = 0, calls = 0 } = byDay.get(day) ?? {};
          const words = `${day}: ${formatUsd(usd)}, ${formatCount(tokens)} tokens, ${calls} calls`;
          return (
            <li key={day} title={words}>
              <span className="visually-hidden">{words}</span>
              <span style={{ height: most > 0 && usd > 0 ? `max(2px, ${(usd / most) * 100}%)` : 0 }} />
            </li>
          );
        })}
      </ul>
      <div className={styles.ends} aria-hidden="true">
        <span>{days[0]}</span>
        <span>{days.at(-1)}</span>
      </div>
    </div>
  );
}
