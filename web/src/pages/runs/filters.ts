/** What of the runs is shown: all of it stands in the address, so that a link says it and Back works. */
export interface Filters {
  /** Words as `GET /api/runs` takes them; empty: any. */
  status: readonly string[];
  /** `key=value`. */
  label: readonly string[];
  search: string;
  workflow: string;
  schedule: string;
  /** `today`, or a length of time such as `24h`, `7d`; empty: ever. */
  since: string;
  /** Puts first what needs somebody, then what goes on. */
  isAttentionFirst: boolean;
}

/**
 * What a list is that nobody filters.
 *
 * @internal
 */
export const noFilters: Filters = {
  ...{ status: [], label: [], search: '', workflow: '', schedule: '', since: '' },
  isAttentionFirst: false,
};

/** Filters that have a name: those that are always there, and what somebody kept in this browser. */
export interface NamedFilters {
  name: string;
  /** As the address has it. */
  search: string;
}

export const builtIn: readonly NamedFilters[] = [
  { name: 'All', search: '' },
  { name: 'Needs me', search: 'status=attention' },
  { name: 'Open', search: 'status=open' },
  { name: 'Failed today', search: 'status=failed&status=partial&status=stopped&since=today' },
];

export const sinceWords: Readonly<Record<string, string>> = {
  '': 'Any time',
  '1h': 'Last hour',
  today: 'Today',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
};

/** What an address says; what it cannot mean is left out. */
export function readFilters(search: string): Filters {
  const given = new URLSearchParams(search);
  const text = (name: string): string => given.get(name)?.slice(0, 200) ?? '';
  const since = text('since');
  return {
    status: unique(given.getAll('status')),
    label: unique(given.getAll('label').filter((each) => each.indexOf('=') > 0)),
    ...{ search: text('q'), workflow: text('workflow'), schedule: text('schedule') },
    since: Object.hasOwn(sinceWords, since) ? since : '',
    isAttentionFirst: given.get('sort') === 'attention',
  };
}

/** The same as an address has it, always in this order. */
export function writeFilters(filters: Filters): string {
  const pairs: [string, string][] = [
    ...filters.status.map((each): [string, string] => ['status', each]),
    ...filters.label.map((each): [string, string] => ['label', each]),
    ['q', filters.search],
    ['workflow', filters.workflow],
    ['schedule', filters.schedule],
    ['since', filters.since],
    ['sort', filters.isAttentionFirst ? 'attention' : ''],
  ];
  return new URLSearchParams(pairs.filter(([, value]) => value !== '')).toString();
}

/** What the service is asked with; `since` as a moment. @param now in ms since the epoch */
export function toQuery(filters: Filters, now: number): Record<string, string | readonly string[] | undefined> {
  const { status, label, search, workflow, schedule, since } = filters;
  return {
    status: status.length > 0 ? status : undefined,
    label: label.length > 0 ? label : undefined,
    search: search.trim() || undefined,
    workflow: workflow || undefined,
    schedule: schedule || undefined,
    since: since === '' ? undefined : sinceTime(since, now),
  };
}

/** When a word of {@link sinceWords} begins, ISO 8601; `today`: at this browser's midnight. */
export function sinceTime(since: string, now: number): string {
  if (since === 'today') {
    const midnight = new Date(now);
    midnight.setHours(0, 0, 0, 0);
    return midnight.toISOString();
  }
  const [, count = '0', unit] = /^(\d+)([hd])$/.exec(since) ?? [];
  return new Date(now - Number(count) * (unit === 'd' ? 86_400_000 : 3_600_000)).toISOString();
}

/** Whether anything is left out. */
export function isFiltered(filters: Filters): boolean {
  return writeFilters({ ...filters, isAttentionFirst: false }) !== '';
}

/** Whether these are the filters of a name: one that says nothing of the order fits any. @param search as the address has it */
export function isNamed(filters: Filters, search: string): boolean {
  return search === writeFilters(filters) || search === writeFilters({ ...filters, isAttentionFirst: false });
}

/** With a value where it was not, without it where it was. */
export function toggled(values: readonly string[], value: string): string[] {
  return values.includes(value) ? values.filter((each) => each !== value) : [...values, value];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values.filter((each) => each !== ''))];
}
