import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { ScheduleEntry } from '../../../../src/client/schedules/schedules.ts';
import { at, runs } from '../../api/service.ts';
import { useAsk, useSend } from '../../api/use-ask.ts';
import { notify } from '../../shell/notices.tsx';
import { useWhyNot } from '../../shell/session.tsx';
import { useTitle } from '../../shell/title.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Ago } from '../../ui/measures.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Status } from '../../ui/status.tsx';
import { Card, Empty, Loading, Menu, Page as Sheet } from '../../ui/surface.tsx';
import { NewSchedule } from './new-schedule.tsx';

/** What starts runs by the clock. */
export function Page() {
  useTitle('Schedules');
  const why = useWhyNot('run');
  const [search, setSearch] = useSearchParams();
  const named = search.get('name');
  const [isAdding, setAdding] = useState(false);
  const { data, error, isLoading } = useAsk<{ schedules: ScheduleEntry[] }>('/api/schedules', { everyMs: 5000 });
  const chosen = data?.schedules.find(({ name }) => name === named);
  const add = (
    <Button kind="primary" icon="plus" why={why} onClick={() => setAdding(true)}>
      New schedule
    </Button>
  );
  return (
    <Sheet title="Schedules" actions={add}>
      {error && <ProblemNotice error={error} />}
      {isLoading && <Loading />}
      {data?.schedules.length === 0 && (
        <Empty title="Nothing starts runs by the clock.">
          <p>A schedule starts a checked workflow every night, every hour, or whenever a cron line says.</p>
        </Empty>
      )}
      {data && data.schedules.length > 0 && (
        <DataTable
          label="Schedules"
          rows={data.schedules}
          rowKey={({ name }) => name}
          href={({ name }) => at`/schedules?name=${name}`}
          columns={[
            { id: 'name', title: 'Name', cell: ({ name }) => name },
            {
              id: 'state',
              title: 'State',
              cell: ({ paused, running }) => (
                <Status of={paused ? 'paused' : running.length > 0 ? 'running' : 'ready'} />
              ),
            },
            { id: 'workflow', title: 'Workflow', rank: 2, cell: ({ workflow }) => workflow },
            {
              id: 'cron',
              title: 'When',
              rank: 2,
              cell: ({ cron, timeZone }) => (
                <>
                  <code>{cron}</code> {timeZone}
                </>
              ),
            },
            {
              id: 'next',
              title: 'Next',
              cell: ({ paused, next }) => (!paused && next[0] ? <Ago at={next[0]} /> : '–'),
            },
            {
              id: 'last',
              title: 'Last run',
              rank: 3,
              cell: ({ recent: [last] }) => (last ? <Link href={at`/runs/${last.run}`}>{last.run}</Link> : '–'),
            },
            { id: 'do', title: '', cell: (entry) => <Acts entry={entry} why={why} /> },
          ]}
        />
      )}
      {chosen && <Details entry={chosen} onClose={() => setSearch({})} />}
      <Dialog title="New schedule" isOpen={isAdding} onClose={() => setAdding(false)}>
        <NewSchedule onDone={(name) => (setAdding(false), setSearch({ name }))} />
      </Dialog>
    </Sheet>
  );
}

function Acts({ entry: { name, paused }, why }: { entry: ScheduleEntry; why: string | undefined }) {
  const [isRemoving, setRemoving] = useState(false);
  const about = ['/api/schedules', '/api/runs'];
  const done = (text: string) => ({ about, done: () => notify({ kind: 'good', text }) });
  const trigger = useSend(() => runs.schedules.trigger(name), {
    about,
    done: (id) => notify({ kind: 'good', text: `Started ${id}.`, action: <Link href={at`/runs/${id}`}>Show it</Link> }),
  });
  const toggle = useSend(
    () => (paused ? runs.schedules.resume(name) : runs.schedules.pause(name)),
    done(paused ? `${name} starts runs again.` : `${name} starts nothing until it is resumed.`),
  );
  const remove = useSend(() => runs.schedules.remove(name), done(`${name} was removed; its runs stay.`));
  const error = trigger.error ?? toggle.error ?? remove.error;
  return (
    <>
      <Menu
        label={`What to do with ${name}`}
        items={[
          { label: 'Start a run now', icon: 'play', why, run: () => trigger.send(undefined) },
          {
            label: paused ? 'Resume' : 'Pause',
            icon: paused ? 'play' : 'pause',
            why,
            run: () => toggle.send(undefined),
          },
          { label: 'Remove …', icon: 'close', why, isDanger: true, run: () => setRemoving(true) },
        ]}
      />
      {error && <ProblemNotice error={error} />}
      <Dialog
        title={`Remove ${name}?`}
        isOpen={isRemoving}
        onClose={() => setRemoving(false)}
        actions={
          <>
            <Button onClick={() => setRemoving(false)}>Keep it</Button>
            <Button kind="danger" isBusy={remove.isBusy} onClick={() => (setRemoving(false), remove.send(undefined))}>
              Remove the schedule
            </Button>
          </>
        }
      >
        <p>It starts nothing any more. The runs that it started stay, and go on.</p>
      </Dialog>
    </>
  );
}

function Details({ entry, onClose }: { entry: ScheduleEntry; onClose: () => void }) {
  const { name, workflow, cron, timeZone, overlap, priority, note, next, recent, counts, paused } = entry;
  return (
    <Card
      title={name}
      actions={
        <Button kind="quiet" onClick={onClose}>
          Close
        </Button>
      }
    >
      <p>
        Starts <strong>{workflow}</strong> at <code>{cron}</code> ({timeZone}), priority {priority}. While a run of it
        goes on: {overlap}.{paused && ` Paused${note ? `: ${note}` : ''}.`}
      </p>
      <p>
        Started {counts.started}, missed {counts.missed}, left out {counts.skipped}.
      </p>
      {!paused && next.length > 0 && (
        <div>
          <h3>Next</h3>
          <ul>
            {next.slice(0, 5).map((time) => (
              <li key={time}>{new Date(time).toLocaleString()}</li>
            ))}
          </ul>
        </div>
      )}
      {recent.length > 0 && (
        <div>
          <h3>Latest runs</h3>
          <ul>
            {recent.map(({ run, at: time }) => (
              <li key={`${run} ${time}`}>
                <Link href={at`/runs/${run}`}>{run}</Link> <Ago at={time} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}
