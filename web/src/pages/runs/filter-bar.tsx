import { useEffect, useRef, useState } from 'react';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import { useAsk } from '../../api/use-ask.ts';
import { useKeys } from '../../shell/keys.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Chip } from '../../ui/surface.tsx';
import { Status } from '../../ui/status.tsx';
import { builtIn, type Filters, isFiltered, isNamed, sinceTime, sinceWords, toggled, writeFilters } from './filters.ts';
import { forgetFilter, saveFilter, useSavedFilters } from './saved-filters.ts';
import { useNow } from './use-now.ts';
import styles from './filter-bar.module.css';

interface FilterBarProps {
  filters: Filters;
  /** `isSame`: it goes on with the change before, and is no step of its own to go back to. */
  onChange: (filters: Filters, isSame?: boolean) => void;
  onNamed: (search: string) => void;
}

/** What is looked for: named filters, words, and the rest behind a button; what is set stands below and can be taken away. */
export function FilterBar(props: FilterBarProps) {
  return (
    <div className={styles.bar}>
      <Named {...props} />
      <div className={styles.line}>
        <Search {...props} />
        <More {...props} />
        <label className={styles.sort}>
          <input
            type="checkbox"
            checked={props.filters.isAttentionFirst}
            onChange={(event) => props.onChange({ ...props.filters, isAttentionFirst: event.target.checked })}
          />
          Needs me first
        </label>
      </div>
      <Set {...props} />
    </div>
  );
}

function Named({ filters, onNamed }: FilterBarProps) {
  const saved = useSavedFilters();
  return (
    <div className={styles.named} role="group" aria-label="Named filters">
      {[...builtIn, ...saved].map(({ name, search }, at) => (
        <span
          key={`${at < builtIn.length}${name}`}
          className={styles.one}
          data-here={isNamed(filters, search) || undefined}
        >
          <button type="button" aria-pressed={isNamed(filters, search)} onClick={() => onNamed(search)}>
            {safeLine(name)}
          </button>
          {at >= builtIn.length && (
            <IconButton label={`Forget ${safeLine(name)}`} icon="close" onClick={() => forgetFilter(name)} />
          )}
        </span>
      ))}
    </div>
  );
}

const searchAfterMs = 250;

function Search({ filters, onChange }: FilterBarProps) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(filters.search);
  useEffect(() => setText(filters.search), [filters.search]);
  useEffect(() => {
    if (text === filters.search) return undefined;
    const timer = setTimeout(() => onChange({ ...filters, search: text }, filters.search !== ''), searchAfterMs);
    return () => clearTimeout(timer);
  }, [text, filters, onChange]);
  useKeys({ '/': { label: 'Search runs', run: () => input.current?.focus() } });
  return (
    <input
      ref={input}
      type="search"
      className={styles.search}
      aria-label="Search runs by id, workflow, label or reason"
      placeholder="Search id, workflow, label, reason"
      maxLength={200}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.blur();
      }}
    />
  );
}

const statuses = ['running', 'waiting', 'paused', 'queued', 'compensating', 'succeeded', 'partial', 'failed'];
const moreStatuses = ['cancelled', 'stopped', 'parked', 'terminated'];

function More({ filters, onChange }: FilterBarProps) {
  const [isOpen, setOpen] = useState(false);
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    const onPointer = ({ target }: Event): void => {
      if (!details.current?.contains(target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', onPointer);
    return () => document.removeEventListener('pointerdown', onPointer);
  }, [isOpen]);
  return (
    <details
      ref={details}
      className={styles.more}
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen) return;
        // Nothing else that Escape does is meant.
        event.preventDefault();
        setOpen(false);
        event.currentTarget.querySelector('summary')?.focus();
      }}
    >
      <summary>
        <Icon name="filter" /> Filter
      </summary>
      {isOpen && <Choices filters={filters} onChange={onChange} />}
    </details>
  );
}

function Choices({ filters, onChange }: Pick<FilterBarProps, 'filters' | 'onChange'>) {
  const { since } = filters;
  const now = useNow();
  const query = since === '' ? {} : { since: sinceTime(since, now) };
  const { data } = useAsk<{ counts: Record<string, number> }>('/api/run-counts', { query, keepOld: true });
  return (
    <div className={styles.choices}>
      <fieldset>
        <legend>Status</legend>
        {[...statuses, ...moreStatuses].map((status) => (
          <label key={status}>
            <input
              type="checkbox"
              checked={filters.status.includes(status)}
              onChange={() => onChange({ ...filters, status: toggled(filters.status, status) })}
            />
            <Status of={status} />
            <span className={styles.count}>{data?.counts[status] ?? 0}</span>
          </label>
        ))}
      </fieldset>
      <fieldset>
        <legend>Began</legend>
        {Object.entries(sinceWords).map(([word, title]) => (
          <label key={word}>
            <input
              type="radio"
              name="since"
              checked={since === word}
              onChange={() => onChange({ ...filters, since: word })}
            />
            {title}
          </label>
        ))}
      </fieldset>
      <Texts filters={filters} onChange={onChange} />
    </div>
  );
}

function Texts({ filters, onChange }: Pick<FilterBarProps, 'filters' | 'onChange'>) {
  const [label, setLabel] = useState('');
  const [workflow, setWorkflow] = useState(filters.workflow);
  const [schedule, setSchedule] = useState(filters.schedule);
  const isLabel = label.indexOf('=') > 0;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onChange({ ...filters, workflow, schedule, label: isLabel ? [...filters.label, label] : filters.label });
        setLabel('');
      }}
    >
      <label>
        Label
        <input
          value={label}
          placeholder="team=search"
          maxLength={264}
          onChange={(event) => setLabel(event.target.value)}
        />
      </label>
      <label>
        Workflow
        <input value={workflow} maxLength={300} onChange={(event) => setWorkflow(event.target.value)} />
      </label>
      <label>
        Schedule
        <input value={schedule} maxLength={300} onChange={(event) => setSchedule(event.target.value)} />
      </label>
      <Button type="submit" why={label !== '' && !isLabel ? 'a label is key=value' : undefined}>
        Apply
      </Button>
    </form>
  );
}

/** What is set, each to be taken away; and all of it to be kept under a name. */
function Set({ filters, onChange, onNamed }: FilterBarProps) {
  const [name, setName] = useState<string | null>(null);
  if (!isFiltered(filters)) return null;
  const { status, label, workflow, schedule, since } = filters;
  const keep = (): void => {
    if (name?.trim()) saveFilter({ name: name.trim().slice(0, 60), search: writeFilters(filters) });
    setName(null);
  };
  return (
    <div className={styles.set}>
      {status.map((each) => (
        <Chip key={each} label={each} onRemove={() => onChange({ ...filters, status: toggled(status, each) })}>
          {each === 'attention' ? 'needs me' : each}
        </Chip>
      ))}
      {label.map((each) => (
        <Chip key={each} label={each} onRemove={() => onChange({ ...filters, label: toggled(label, each) })}>
          {safeLine(each)}
        </Chip>
      ))}
      {workflow !== '' && (
        <Chip label="workflow" onRemove={() => onChange({ ...filters, workflow: '' })}>
          workflow {safeLine(workflow)}
        </Chip>
      )}
      {schedule !== '' && (
        <Chip label="schedule" onRemove={() => onChange({ ...filters, schedule: '' })}>
          schedule {safeLine(schedule)}
        </Chip>
      )}
      {since !== '' && (
        <Chip label="time" onRemove={() => onChange({ ...filters, since: '' })}>
          {sinceWords[since]?.toLowerCase()}
        </Chip>
      )}
      <Button kind="quiet" onClick={() => onNamed('')}>
        Clear
      </Button>
      {name === null ? (
        <Button kind="quiet" onClick={() => setName('')}>
          Save filter
        </Button>
      ) : (
        <form
          className={styles.keep}
          onSubmit={(event) => {
            event.preventDefault();
            keep();
          }}
        >
          <input
            aria-label="Name of the filter"
            placeholder="Name"
            autoFocus
            maxLength={60}
            value={name}
            onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => event.key === 'Escape' && setName(null)}
          />
          <Button type="submit">Save</Button>
        </form>
      )}
    </div>
  );
}
