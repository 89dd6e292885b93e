import { useState, type FormEvent } from 'react';
import { useSearchParams } from 'wouter';
import { usualEvents, webhookEvents } from '../../../../src/domain/hooks/webhook-events.ts';
import type { Delivery, Endpoint } from '../../../../src/store/service/webhooks.ts';
import { ask, at } from '../../api/service.ts';
import { useAsk, useSend } from '../../api/use-ask.ts';
import { useWhyNot } from '../../shell/session.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Ago } from '../../ui/measures.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Status } from '../../ui/status.tsx';
import { Card, Empty, Loading, Menu } from '../../ui/surface.tsx';
import { SecretNote } from './secret-note.tsx';

type Webhook = Omit<Endpoint, 'secrets'>;
const states = { active: 'ready', disabled: 'paused', gone: 'failed', done: 'succeeded' } as const;

/** Who is told of what runs do, and what became of it. */
export function Webhooks() {
  const why = useWhyNot('admin');
  const [search, setSearch] = useSearchParams();
  const chosen = search.get('webhook');
  const [isAdding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const { data, error, isLoading } = useAsk<{ webhooks: Webhook[] }>(why === undefined ? '/api/webhooks' : null, {
    everyMs: 10_000,
  });
  if (why !== undefined) return <p>Who looks at webhooks {why}.</p>;
  return (
    <>
      {error && <ProblemNotice error={error} />}
      {isLoading && <Loading />}
      {secret !== null && <SecretNote what="What its deliveries are signed with" secret={secret} />}
      <div>
        <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
          New webhook
        </Button>
      </div>
      <DataTable
        label="Webhooks"
        rows={data?.webhooks ?? []}
        rowKey={({ id }) => id}
        empty={<Empty title="Nobody is told of what runs do." />}
        columns={[
          {
            id: 'url',
            title: 'Address',
            cell: ({ id, url }) => (
              <Button kind="quiet" onClick={() => setSearch({ tab: 'webhooks', webhook: id })}>
                {url}
              </Button>
            ),
          },
          {
            id: 'state',
            title: 'State',
            cell: ({ state, reason }) => (
              <span title={reason ?? undefined}>
                <Status of={states[state]} />
              </span>
            ),
          },
          { id: 'events', title: 'Of', rank: 3, cell: ({ events }) => events.join(', ') },
          { id: 'pending', title: 'Pending', isNumber: true, rank: 2, cell: ({ pending }) => pending },
          { id: 'dead', title: 'Not delivered', isNumber: true, cell: ({ dead }) => dead },
          { id: 'do', title: '', cell: (hook) => <Acts key={hook.id} hook={hook} onSecret={setSecret} /> },
        ]}
      />
      {chosen !== null && <Deliveries key={chosen} id={chosen} />}
      <Dialog title="New webhook" isOpen={isAdding} onClose={() => setAdding(false)}>
        <NewWebhook onDone={(text) => (setSecret(text), setAdding(false))} />
      </Dialog>
    </>
  );
}

function Acts({ hook: { id, url, state, dead }, onSecret }: { hook: Webhook; onSecret: (secret: string) => void }) {
  const [isRemoving, setRemoving] = useState(false);
  const about = ['/api/webhooks'];
  const toggle = useSend(
    () => ask(at`/api/webhooks/${id}`, { method: 'PATCH', body: { active: state !== 'active' } }),
    { about },
  );
  const rotate = useSend(() => ask<{ secret: string }>(at`/api/webhooks/${id}/rotate`, { method: 'POST' }), {
    about,
    done: ({ secret }) => onSecret(secret),
  });
  const again = useSend(() => ask(at`/api/webhooks/${id}/redeliver`, { method: 'POST' }), { about });
  const remove = useSend(() => ask(at`/api/webhooks/${id}`, { method: 'DELETE' }), { about });
  const error = toggle.error ?? rotate.error ?? again.error ?? remove.error;
  return (
    <>
      <Menu
        label={`What to do with ${url}`}
        items={[
          { label: state === 'active' ? 'Turn off' : 'Turn on', run: () => toggle.send(undefined) },
          {
            label: 'Send again what was not delivered',
            why: dead === 0 ? 'all of it was' : undefined,
            run: () => again.send(undefined),
          },
          { label: 'New secret', run: () => rotate.send(undefined) },
          { label: 'Remove …', isDanger: true, run: () => setRemoving(true) },
        ]}
      />
      {error && <ProblemNotice error={error} />}
      <Dialog
        title="Remove this webhook?"
        isOpen={isRemoving}
        onClose={() => setRemoving(false)}
        actions={
          <Button kind="danger" onClick={() => (setRemoving(false), remove.send(undefined))}>
            Remove it
          </Button>
        }
      >
        <p>{url} is told nothing any more, and its deliveries are forgotten.</p>
      </Dialog>
    </>
  );
}

function Deliveries({ id }: { id: string }) {
  const { data, error, isLoading } = useAsk<{ deliveries: Delivery[] }>(at`/api/webhooks/${id}/deliveries`, {
    everyMs: 5000,
  });
  return (
    <Card title="Deliveries">
      {error && <ProblemNotice error={error} />}
      {isLoading && <Loading />}
      {data && (
        <DataTable
          label="Deliveries"
          rows={data.deliveries}
          rowKey={(delivery) => delivery.id}
          empty="Nothing was to be told yet."
          columns={[
            { id: 'type', title: 'Event', cell: ({ type, run, seq }) => `${type} · ${run} · ${seq}` },
            {
              id: 'state',
              title: 'State',
              cell: ({ state }) => (
                <Status of={{ pending: 'waiting', delivered: 'succeeded', dead: 'failed' }[state]} />
              ),
            },
            { id: 'attempts', title: 'Attempts', isNumber: true, rank: 2, cell: ({ attempts }) => attempts },
            { id: 'next', title: 'Next', rank: 3, cell: ({ nextAt }) => (nextAt ? <Ago at={nextAt} /> : '–') },
            { id: 'last', title: 'Last answer', cell: ({ lastStatus, lastError }) => lastError ?? lastStatus ?? '–' },
          ]}
        />
      )}
    </Card>
  );
}

function NewWebhook({ onDone }: { onDone: (secret: string) => void }) {
  const [url, setUrl] = useState('');
  const [events, setEvents] = useState<readonly string[]>(usualEvents);
  const add = useSend(() => ask<{ secret: string }>('/api/webhooks', { method: 'POST', body: { url, events } }), {
    about: ['/api/webhooks'],
    done: ({ secret }) => onDone(secret),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    add.send(undefined);
  };
  const toggle = (type: string): void =>
    setEvents(events.includes(type) ? events.filter((each) => each !== type) : [...events, type]);
  return (
    <form onSubmit={submit} style={{ display: 'contents' }}>
      <Field label="Address" isRequired hint="Deliveries are signed as Standard Webhooks says.">
        {(props) => (
          <input
            {...props}
            type="url"
            required
            value={url}
            placeholder="https://"
            onChange={({ target }) => setUrl(target.value)}
          />
        )}
      </Field>
      <fieldset>
        <legend>It is told of</legend>
        <div style={{ columns: '2 12rem' }}>
          {webhookEvents.map((type) => (
            <label key={type} style={{ display: 'flex', gap: '0.5rem', minHeight: '1.5rem', alignItems: 'center' }}>
              <input type="checkbox" checked={events.includes(type)} onChange={() => toggle(type)} />
              {type}
            </label>
          ))}
        </div>
      </fieldset>
      {add.error && <ProblemNotice error={add.error} />}
      <Button
        kind="primary"
        type="submit"
        isBusy={add.isBusy}
        why={events.length === 0 ? 'it is told of nothing' : undefined}
      >
        Add the webhook
      </Button>
    </form>
  );
}
