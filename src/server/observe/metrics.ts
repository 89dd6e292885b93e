import type { TaskQueueFigures } from '../../client/connection/inspect-temporal.ts';
import type { RunStatus } from '../../domain/run/run-result.ts';
import { runStatuses } from '../../domain/run/run-result.ts';
import type { FigureStore } from '../../store/service/figures.ts';
import type { Metric, Sample } from './exposition.ts';
import type { RequestCounts } from './request-counts.ts';

/*
 * M1 What two processes must agree on comes from the store; requests alone are counted here, and are of this process.
 * M2 A tenant sees its own numbers. Queues, providers and requests are those of the whole installation, and for its operator alone.
 * M3 Labels have few values: statuses, routes as declared, models that were called. Never a run, a task, a key or a path.
 * M4 The store is asked once in five seconds, however many ask.
 */

/** What metrics are made of. */
export interface MetricSources {
  figures: () => FigureStore;
  requests: RequestCounts;
  /** What Temporal says of the queues that runs are served from. */
  queues: () => Promise<TaskQueueFigures[]>;
}

const freshMs = 5000;

/** Metrics of one tenant; null: of the whole installation. */
export type ReadMetrics = (tenant: string | null) => Promise<Metric[]>;

/** What `/metrics` answers, read anew when it is older than five seconds (M4). */
export function createMetrics(sources: MetricSources, now: () => number = Date.now): ReadMetrics {
  const read = new Map<string | null, { at: number; metrics: Promise<Metric[]> }>();
  return async (tenant) => {
    const before = read.get(tenant);
    const kept = before && now() - before.at < freshMs ? before : null;
    const { metrics } = kept ?? { metrics: stored(sources, tenant) };
    if (!kept) {
      for (const [key, { at }] of read) if (now() - at >= freshMs) read.delete(key);
      read.set(tenant, { at: now(), metrics });
      metrics.catch(() => read.delete(tenant));
    }
    return [...(await metrics), ...(tenant === null ? sources.requests.metrics() : [])];
  };
}

async function stored(sources: MetricSources, tenant: string | null): Promise<Metric[]> {
  const figures = sources.figures();
  const [runs, tasks, deliveries, streams, gates, queued] = await Promise.all([
    figures.runs(tenant),
    figures.tasks(tenant),
    figures.deliveries(tenant),
    figures.streams(tenant),
    tenant === null ? figures.gates() : [],
    tenant === null ? sources.queues() : [],
  ]);
  const ofRuns = (value: (row: (typeof runs)[number]) => number): Sample[] => byStatus(runs, value);
  const metrics: Metric[] = [
    gauge(
      'gaffer_runs',
      'Runs that are kept, by status',
      ofRuns((row) => row.runs),
    ),
    gauge(
      'gaffer_runs_tokens',
      'Tokens of runs that are kept, cached ones included',
      ofRuns((row) => row.tokens),
    ),
    gauge(
      'gaffer_runs_cost_usd',
      'Cost of runs that are kept, in US dollars',
      ofRuns((row) => row.usd),
    ),
    gauge('gaffer_tasks', 'Tasks of runs that have not ended, by status', tasksBy(tasks, 'tasks')),
    gauge('gaffer_task_retries', 'Further attempts of tasks of runs that have not ended', tasksBy(tasks, 'retries')),
    gauge(
      'gaffer_webhook_deliveries',
      'Deliveries of webhooks that are kept, by state',
      deliveries.map((row) => ({ labels: { state: row.state }, value: row.deliveries })),
    ),
    gauge('gaffer_open_streams', 'Event streams that are open, over all processes of the service', [
      { value: streams },
    ]),
  ];
  return tenant === null ? [...metrics, ...ofGates(gates), ...ofQueues(queued)] : metrics;
}

function byStatus<Row extends { status: RunStatus }>(rows: readonly Row[], value: (row: Row) => number): Sample[] {
  return runStatuses.map((status) => {
    const row = rows.find((each) => each.status === status);
    return { labels: { status }, value: row ? value(row) : 0 };
  });
}

function tasksBy(rows: Awaited<ReturnType<FigureStore['tasks']>>, key: 'tasks' | 'retries'): Sample[] {
  return rows.map((row) => ({ labels: { status: row.status }, value: row[key] }));
}

function ofGates(gates: Awaited<ReturnType<FigureStore['gates']>>): Metric[] {
  // Two that look alike without what is left out are one: Prometheus refuses a sample that comes twice.
  const shown = new Map(
    gates.map((gate) => {
      const labels = { provider: shownProvider(gate.provider), model: gate.model };
      return [JSON.stringify(labels), { ...gate, labels }];
    }),
  );
  const rows = [...shown.values()];
  return [
    gauge(
      'gaffer_model_breaker_open',
      '1: calls of the model are held back, as its provider refused or failed',
      rows.map(({ labels, isHeld }) => ({ labels, value: isHeld ? 1 : 0 })),
    ),
    gauge(
      'gaffer_model_calls_per_minute',
      'Calls a minute that the provider was found to allow, once it refused some',
      rows.flatMap(({ labels, callsPerMinute }) =>
        callsPerMinute === null ? [] : [{ labels, value: callsPerMinute }],
      ),
    ),
  ];
}

// An account is told apart by the beginning of its key's print; a provider that is reached elsewhere by its host: an address may have a key in it.
function shownProvider(provider: string): string {
  return provider
    .replace(/ #(\S{6})\S+$/, ' #$1')
    .replace(/https?:\/\/\S+/g, (url) => (URL.canParse(url) ? new URL(url).host : 'address'));
}

function ofQueues(queues: readonly TaskQueueFigures[]): Metric[] {
  const all = (value: (queue: TaskQueueFigures) => number): Sample[] =>
    queues.map((queue) => ({ labels: { queue: queue.queue, kind: queue.kind }, value: value(queue) }));
  return [
    gauge(
      'gaffer_queue_depth',
      'Tasks of Temporal that wait for a worker, as far as it says',
      all((q) => q.waiting),
    ),
    gauge(
      'gaffer_queue_oldest_seconds',
      'How long the oldest of those has waited: schedule to start of what starts next',
      all((q) => q.oldestSeconds),
    ),
    gauge(
      'gaffer_queue_pollers',
      'Workers that asked for work in the last minutes',
      all((q) => q.pollers),
    ),
    gauge(
      'gaffer_queue_added_per_second',
      'Tasks that came lately',
      all((q) => q.addedPerSecond),
    ),
    gauge(
      'gaffer_queue_dispatched_per_second',
      'Tasks that went to workers lately',
      all((q) => q.dispatchedPerSecond),
    ),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: 'gauge', help, samples };
}
