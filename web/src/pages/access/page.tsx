import { lazy, Suspense } from 'react';
import { useSearchParams } from 'wouter';
import { useTitle } from '../../shell/title.ts';
import { Loading, Page as Sheet } from '../../ui/surface.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Audit } from './audit.tsx';
import { Keys } from './keys.tsx';

const Webhooks = lazy(async () => ({ default: (await import('./webhooks.tsx')).Webhooks }));

const tabs = [
  { id: 'keys', title: 'Keys' },
  { id: 'audit', title: 'Audit' },
  { id: 'webhooks', title: 'Webhooks' },
] as const;

/** Who may do what, who did what, and who is told. */
export function Page() {
  useTitle('Access');
  const [search, setSearch] = useSearchParams();
  const current = tabs.find(({ id }) => id === search.get('tab'))?.id ?? 'keys';
  return (
    <Sheet title="Access">
      <Tabs label="Access" tabs={tabs} current={current} onChange={(tab) => setSearch({ tab })} />
      <Suspense fallback={<Loading />}>
        {current === 'keys' && <Keys />}
        {current === 'audit' && <Audit />}
        {current === 'webhooks' && <Webhooks />}
      </Suspense>
    </Sheet>
  );
}
