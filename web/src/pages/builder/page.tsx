import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import { useTitle } from '../../shell/title.ts';
import { Button } from '../../ui/button.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Loading, Page as Frame } from '../../ui/surface.tsx';
import { Workbench } from './workbench.tsx';
import { loadSource, type DraftSource } from './draft/source.ts';

const origins = ['file', 'template', 'run'];

/** Workflows as graphs to edit: `?file=`, `?template=`, `?run=` or a new one; `&task=` or `&phase=` is what is chosen. */
export function Page() {
  const [query] = useSearchParams();
  const origin = new URLSearchParams(
    origins.flatMap((key) => (query.has(key) ? [[key, query.get(key)!]] : [])),
  ).toString();
  const [loaded, setLoaded] = useState<{ origin: string; source: DraftSource } | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [tries, setTries] = useState(0);
  useTitle(loaded?.source.title ?? 'Builder');
  useEffect(() => {
    let isOver = false;
    setError(null);
    loadSource(new URLSearchParams(origin)).then(
      (source) => isOver || setLoaded({ origin, source }),
      (problem: Error) => isOver || setError(problem),
    );
    return () => {
      isOver = true;
    };
  }, [origin, tries]);
  if (error)
    return (
      <Frame title="Builder">
        <ProblemNotice error={error} action={<Button onClick={() => setTries(tries + 1)}>Try again</Button>} />
      </Frame>
    );
  if (loaded?.origin !== origin) return <Loading what="Reading the workflow" />;
  return <Workbench key={loaded.source.key} source={loaded.source} />;
}
