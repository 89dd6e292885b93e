import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useDeferredValue, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { plural } from '../../../../../src/domain/format.ts';
import { Button } from '../../../ui/button.tsx';
import { ProblemNotice } from '../../../ui/notice.tsx';
import { useSelection } from '../selection.ts';
import { EventFilters, useEventFilter } from './event-filters.tsx';
import { EventRow } from './event-row.tsx';
import { isWanted } from './event-words.ts';
import { useStory, type Story } from './use-story.ts';
import styles from './events.module.css';

const rowHeight = 28;
/** So near to an end is at it, in pixels. */
const nearPx = 24;

/** Everything that happened, the newest last. It goes along until one scrolls up to read. */
export function EventStream() {
  const story = useStory();
  const [filter, setFilter] = useEventFilter();
  const wanted = useDeferredValue(filter);
  const events = useMemo(() => story.events.filter((event) => isWanted(event, wanted)), [story.events, wanted]);
  return (
    <section className={styles.stream} aria-label="Events">
      <EventFilters filter={filter} onChange={setFilter} shown={events.length} of={story.events.length} />
      {story.error && <ProblemNotice error={story.error} />}
      <EventList story={story} events={events} />
    </section>
  );
}

function EventList({ story, events }: { story: Story; events: Story['events'] }) {
  const [open, setOpen] = useState<number | null>(null);
  const toggle = useCallback((seq: number) => setOpen((before) => (before === seq ? null : seq)), []);
  const { task } = useSelection();
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    getItemKey: (index) => events[index]!.seq,
  });
  const { isFollowing } = story;
  const wasAt = useRef(0);
  useFollow(scroll, { isFollowing, height: virtual.getTotalSize(), last: events.at(-1)?.seq ?? 0 });
  useSamePlace(scroll, events[0]?.seq ?? 0, isFollowing);
  const onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = scroll.current!;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < nearPx;
    // Only who reads goes up: what comes, and going along with it, leads down.
    const isUp = scrollTop < wasAt.current - 1;
    wasAt.current = scrollTop;
    if (isFollowing && isUp && !isAtEnd) story.stay();
    else if (!isFollowing && isAtEnd && story.unseen === 0) story.follow();
    if (scrollTop < nearPx && story.before > 0) void story.loadOlder();
  };
  return (
    <>
      <div className={styles.edge}>
        {story.before > 0 ? (
          <Button kind="quiet" icon="up" isBusy={story.isLoading} onClick={() => void story.loadOlder()}>
            {plural(story.before, 'older event')}: load some
          </Button>
        ) : (
          <span>The beginning</span>
        )}
        {isFollowing ? (
          <span>Follows the newest</span>
        ) : (
          <Button kind="quiet" icon="down" onClick={story.follow}>
            {story.unseen > 0 ? `${plural(story.unseen, 'new event')}: follow` : 'Follow the newest'}
          </Button>
        )}
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- whoever has no pointer scrolls it */}
      <div
        ref={scroll}
        className={styles.list}
        onScroll={onScroll}
        tabIndex={0}
        role="region"
        aria-label="List of events"
      >
        <ol style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => (
            <li
              key={key}
              data-index={index}
              ref={virtual.measureElement}
              style={{ transform: `translateY(${start}px)` }}
            >
              <EventRow
                event={events[index]!}
                isOpen={open === events[index]!.seq}
                isOfSelected={task !== null}
                onToggle={toggle}
              />
            </li>
          ))}
        </ol>
        {events.length === 0 && <p className={styles.none}>No event here is as the filters say.</p>}
      </div>
    </>
  );
}

/** Goes along with the newest. By the list's own end: the virtual list's way there asks for its layout again and again. */
function useFollow(
  scroll: { current: HTMLDivElement | null },
  { isFollowing, height, last }: { isFollowing: boolean; height: number; last: number },
): void {
  useLayoutEffect(() => {
    if (isFollowing) scroll.current!.scrollTop = height;
  }, [scroll, isFollowing, height, last]);
}

/** What is read stays where it is when older ones come before it. */
function useSamePlace(scroll: { current: HTMLDivElement | null }, first: number, isFollowing: boolean): void {
  const before = useRef({ first, height: 0 });
  useLayoutEffect(() => {
    const element = scroll.current!;
    const { first: was, height } = before.current;
    if (!isFollowing && first < was) element.scrollBy(0, element.scrollHeight - height);
    before.current = { first, height: element.scrollHeight };
  });
}
