import { useSearchParams } from 'wouter';
import { useSelection } from '../selection.ts';
import { eventGroups, type EventFilter, type EventGroup } from './event-words.ts';
import styles from './events.module.css';

/** The filter, as it stands in the address; `onlyTask` follows what is selected. */
export function useEventFilter(): [
  EventFilter,
  (change: Partial<{ groups: EventGroup[]; text: string; onlyTask: boolean }>) => void,
] {
  const [search, setSearch] = useSearchParams();
  const { task } = useSelection();
  const named = (search.get('events') ?? '').split(',');
  const groups = eventGroups.map(({ id }) => id).filter((id) => named.includes(id));
  const filter = {
    groups,
    task: search.get('of') === 'task' ? task : null,
    text: (search.get('find') ?? '').toLowerCase(),
  };
  const change = (to: Partial<{ groups: EventGroup[]; text: string; onlyTask: boolean }>): void =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        put(next, 'events', to.groups?.join(','));
        put(next, 'find', to.text);
        put(next, 'of', to.onlyTask === undefined ? undefined : to.onlyTask ? 'task' : '');
        return next;
      },
      // Back leads to another page, not to another letter.
      { replace: true },
    );
  return [filter, change];
}

function put(search: URLSearchParams, key: string, value: string | undefined): void {
  if (value === '') search.delete(key);
  else if (value !== undefined) search.set(key, value);
}

interface EventFiltersProps {
  filter: EventFilter;
  onChange: ReturnType<typeof useEventFilter>[1];
  shown: number;
  of: number;
}

/** Which events are shown: their kinds, a task, a text. */
export function EventFilters({ filter, onChange, shown, of }: EventFiltersProps) {
  const { groups, text } = filter;
  const { task } = useSelection();
  const toggle = (id: EventGroup): void =>
    onChange({ groups: groups.includes(id) ? groups.filter((each) => each !== id) : [...groups, id] });
  return (
    <div className={styles.filters} role="group" aria-label="Filters of events">
      {eventGroups.map(({ id, title }) => (
        <button
          key={id}
          type="button"
          className={styles.toggle}
          aria-pressed={groups.includes(id)}
          onClick={() => toggle(id)}
        >
          {title}
        </button>
      ))}
      {task !== null && (
        <button
          type="button"
          className={styles.toggle}
          aria-pressed={filter.task !== null}
          onClick={() => onChange({ onlyTask: filter.task === null })}
        >
          Only {task}
        </button>
      )}
      <input
        type="search"
        className={styles.find}
        aria-label="Text in events"
        placeholder="Text in events"
        defaultValue={text}
        onChange={({ target }) => onChange({ text: target.value })}
      />
      <span className={styles.count} aria-live="polite">
        {shown === of ? `${of} events` : `${shown} of ${of}`}
      </span>
    </div>
  );
}
