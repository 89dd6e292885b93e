import type { Metric, Sample } from './exposition.ts';

/** What came of a request. */
export interface Answered {
  method: string;
  /** The route as it was declared, never what somebody wrote. */
  route: string;
  status: number;
  seconds: number;
}

/** Upper bounds of the buckets, in seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Times {
  route: string;
  counts: number[];
  sum: number;
  count: number;
}

/** Counts the requests of this process; each process of a service has its own, as Prometheus expects it. */
export class RequestCounts {
  readonly #answers = new Map<string, { labels: Record<string, string>; value: number }>();
  readonly #times = new Map<string, Times>();

  note({ method, route, status, seconds }: Answered): void {
    const labels = { method, route, status: String(status) };
    const key = JSON.stringify(labels);
    const before = this.#answers.get(key);
    if (before) before.value++;
    else this.#answers.set(key, { labels, value: 1 });
    this.#timesOf(route, seconds);
  }

  #timesOf(route: string, seconds: number): void {
    const times = this.#times.get(route) ?? { route, counts: bounds.map(() => 0), sum: 0, count: 0 };
    this.#times.set(route, times);
    times.sum += seconds;
    times.count++;
    bounds.forEach((bound, index) => {
      if (seconds <= bound) times.counts[index]!++;
    });
  }

  metrics(): Metric[] {
    return [
      {
        ...{ name: 'gaffer_http_requests_total', type: 'counter', help: 'Requests that this process answered' },
        samples: [...this.#answers.values()],
      },
      {
        name: 'gaffer_http_request_duration_seconds',
        ...{ type: 'histogram', help: 'Time until the answer began, by route' },
        samples: [...this.#times.values()].flatMap(samplesOf),
      },
    ];
  }
}

function samplesOf({ route, counts, sum, count }: Times): Sample[] {
  const labels = { route };
  return [
    ...bounds.map((bound, index) => ({
      ...{ suffix: '_bucket' as const, labels: { route, le: String(bound) } },
      value: counts[index]!,
    })),
    { suffix: '_bucket', labels: { route, le: '+Inf' }, value: count },
    { suffix: '_sum', labels, value: sum },
    { suffix: '_count', labels, value: count },
  ];
}
