import type { ReactNode } from 'react';
import type { Asked } from '../../../api/use-ask.ts';
import { AskAgain } from '../../../ui/notice.tsx';
import { Empty, Loading } from '../../../ui/surface.tsx';

interface PartProps<Answer> {
  asked: Asked<Answer>;
  isEmpty: (answer: Answer) => boolean;
  /** What would be here. */
  empty: string;
  /** How it would come about. */
  why?: ReactNode;
  children: (answer: Answer) => ReactNode;
}

/** A part of a run: what is known of it, that it is asked for, that nothing is there, or what is in the way. */
export function Part<Answer>({
  asked: { data, error, isLoading, refetch },
  isEmpty,
  empty,
  why,
  children,
}: PartProps<Answer>) {
  return (
    <>
      {error && <AskAgain error={error} refetch={refetch} />}
      {data === undefined && isLoading && <Loading />}
      {data === undefined && !isLoading && !error && <Empty title="The run has not begun." />}
      {data !== undefined && (isEmpty(data) ? <Empty title={empty}>{why}</Empty> : children(data))}
    </>
  );
}
