import type { QueueView } from '../../../../src/client/list/workers.ts';
import { useAsk } from '../../api/use-ask.ts';
import { useTitle } from '../../shell/title.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Ago, Duration, Tokens } from '../../ui/measures.tsx';
import { Notice, ProblemNotice } from '../../ui/notice.tsx';
import { Card, Loading, Page as Sheet } from '../../ui/surface.tsx';

/** Who serves runs, and what waits for them. */
export function Page() {
  useTitle('Workers and queues');
  const { data, error, isLoading } = useAsk<{ queues: QueueView[] }>('/api/workers', { everyMs: 5000 });
  return (
    <Sheet title="Workers and queues">
      {error && <ProblemNotice error={error} />}
      {isLoading && <Loading />}
      {data?.queues.map((queue) => (
        <Queue key={queue.role} queue={queue} />
      ))}
    </Sheet>
  );
}

function Queue({ queue: { name, role, workers, figures } }: { queue: QueueView }) {
  const isFirst = role === 'workflows and models';
  return (
    <Card title={`${isFirst ? 'Runs and models' : 'Tools of this host'} · ${name}`}>
      {workers.length === 0 && (
        <Notice kind={isFirst ? 'bad' : 'warn'} title="Nobody works here">
          {isFirst
            ? 'Runs stand still until a worker asks for work: gaffer worker, or gaffer dev.'
            : 'Tools that need a workspace of this host wait for a worker on it.'}
        </Notice>
      )}
      {figures && (
        <DataTable
          label={`What waits in ${name}`}
          rows={isFirst ? figures : figures.filter(({ kind }) => kind === 'activity')}
          rowKey={({ kind }) => kind}
          columns={[
            {
              id: 'kind',
              title: 'Work',
              cell: ({ kind }) => (kind === 'workflow' ? 'steps of runs' : 'calls of models and tools'),
            },
            { id: 'waiting', title: 'Waiting', isNumber: true, cell: ({ waiting }) => <Tokens n={waiting} /> },
            {
              id: 'oldest',
              title: 'Oldest for',
              isNumber: true,
              cell: ({ waiting, oldestSeconds }) => (waiting > 0 ? <Duration ms={oldestSeconds * 1000} /> : '–'),
            },
            {
              id: 'added',
              title: 'Added a second',
              isNumber: true,
              rank: 2,
              cell: ({ addedPerSecond }) => addedPerSecond.toFixed(1),
            },
            {
              id: 'done',
              title: 'Taken a second',
              isNumber: true,
              rank: 2,
              cell: ({ dispatchedPerSecond }) => dispatchedPerSecond.toFixed(1),
            },
          ]}
        />
      )}
      {workers.length > 0 && (
        <DataTable
          label={`Workers of ${name}`}
          rows={workers}
          rowKey={({ identity }) => identity}
          columns={[
            { id: 'worker', title: 'Worker', cell: ({ identity }) => identity },
            {
              id: 'kinds',
              title: 'Takes',
              rank: 2,
              cell: ({ kinds }) => kinds.map((kind) => (kind === 'workflow' ? 'steps' : 'calls')).join(', '),
            },
            { id: 'version', title: 'Version', rank: 3, cell: ({ version }) => version ?? '–' },
            { id: 'seen', title: 'Last asked', cell: ({ lastSeen }) => <Ago at={lastSeen} /> },
          ]}
        />
      )}
    </Card>
  );
}
