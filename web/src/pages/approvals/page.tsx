import { useRef, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import type { WaitingEntry } from '../../../../src/client/runs.ts';
import { DecidedLine } from '../../actions/decided-line.tsx';
import { keyOf, pausedIn } from '../../actions/kept.ts';
import { Literal } from '../../actions/literal.tsx';
import { useKept } from '../../actions/use-kept.ts';
import { WaitingCard } from '../../actions/waiting-card.tsx';
import { at } from '../../api/service.ts';
import { useAsk } from '../../api/use-ask.ts';
import { useKeys } from '../../shell/keys.tsx';
import { useTitle } from '../../shell/title.ts';
import { Button } from '../../ui/button.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Card, Empty, Loading, Page as Sheet } from '../../ui/surface.tsx';
import styles from './page.module.css';
import { causes, groupsOf, matches, type CauseFilter } from './inbox.ts';
import type { DecidedRow } from '../../../../src/store/run/decisions.ts';

const shownFirst = 30;

/** All that waits for people, over all runs, to be decided there; below it what was decided within a day. */
export function Page() {
  const { data, error, isLoading } = useAsk<{ waiting: WaitingEntry[] }>('/api/waiting', { everyMs: 3000 });
  const [query, setQuery] = useSearchParams();
  const cause = (query.get('cause') ?? 'all') as CauseFilter;
  const words = query.get('find') ?? '';
  const entries = useKept(data?.waiting);
  const paused = pausedIn(entries);
  const chosen = entries.filter(({ entry }) => matches(entry, cause, words));
  const [most, setMost] = useState(shownFirst);
  const list = useRef<HTMLDivElement>(null);
  useTitle(data && data.waiting.length > 0 ? `(${data.waiting.length}) Approvals` : 'Approvals');
  useCardKeys(list);
  const change = (name: string, value: string): void =>
    setQuery(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === '' || value === 'all') next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  return (
    <Sheet title="Approvals">
      <div className={styles.filters}>
        <label>
          <span className="visually-hidden">What waits</span>
          <select value={cause} onChange={(event) => change('cause', event.target.value)}>
            {Object.entries(causes).map(([id, title]) => (
              <option key={id} value={id}>
                {title} (
                {entries.filter(({ entry, isGone }) => !isGone && matches(entry, id as CauseFilter, '')).length})
              </option>
            ))}
          </select>
        </label>
        <label className={styles.find}>
          <span className="visually-hidden">Run, task or words</span>
          <input
            type="search"
            placeholder="Run, task or words"
            value={words}
            onChange={(event) => change('find', event.target.value)}
          />
        </label>
      </div>
      {error && <ProblemNotice error={error} />}
      {isLoading && <Loading />}
      {data && chosen.length === 0 && (
        <Empty title={entries.length === 0 ? 'Nothing waits for you.' : 'Nothing of that kind waits.'}>
          <p>
            What a policy asks about, an agent that is blocked and a limit that is reached show here, whichever run it
            is.
          </p>
        </Empty>
      )}
      <div ref={list} className={styles.groups}>
        {groupsOf(chosen.slice(0, most)).map(({ runId, items }) => (
          <section key={runId} className={styles.group} aria-label={`Run ${safeLine(runId)}`}>
            <h2>
              <Link href={at`/runs/${runId}`}>{safeLine(runId)}</Link>
            </h2>
            {items.map(({ entry, isGone }) => (
              <WaitingCard key={keyOf(entry)} {...{ entry, isGone }} isPaused={paused.has(entry.runId)} hidesRun />
            ))}
          </section>
        ))}
      </div>
      {chosen.length > most && (
        <div>
          <Button onClick={() => setMost(most + 100)}>Show more ({chosen.length - most})</Button>
        </div>
      )}
      <Decided />
    </Sheet>
  );
}

/** `j` and `k` go from card to card. */
function useCardKeys(list: { current: HTMLElement | null }): void {
  const go = (step: number): void => {
    const cards = [...(list.current?.querySelectorAll<HTMLElement>('[data-waiting]') ?? [])];
    const now = cards.findIndex((card) => card.contains(document.activeElement));
    cards[now < 0 ? 0 : Math.min(cards.length - 1, Math.max(0, now + step))]?.focus();
  };
  useKeys({
    j: { label: 'Next that waits', run: () => go(1) },
    k: { label: 'The one before', run: () => go(-1) },
  });
}

function Decided() {
  const { data } = useAsk<{ decisions: DecidedRow[] }>('/api/decisions', { query: { limit: 100 }, everyMs: 15_000 });
  const decisions = data?.decisions ?? [];
  if (decisions.length === 0) return null;
  return (
    <Card title="Decided within a day">
      <ul className={styles.decided}>
        {decisions.map((one) => (
          <li key={`${one.runId}${one.id}${one.at}`}>
            <div className={styles.what}>
              <Link href={at`/runs/${one.runId}`}>{safeLine(one.runId)}</Link>
              <Literal text={one.what} isInline />
            </div>
            <DecidedLine decision={one} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
