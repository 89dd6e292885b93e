import { useEffect, useEffectEvent } from 'react';
import type { WaitingEntry } from '../../../src/client/runs.ts';
import { at } from '../api/service.ts';
import { useSend } from '../api/use-ask.ts';

/** What a form is told of the card that it stands in. */
export interface Answering {
  entry: WaitingEntry;
  /** It was taken. */
  onSent: () => void;
  /** Things may stand otherwise now: it was refused, mostly as somebody else was quicker. */
  onSettled: () => void;
}

/** Sends what answers an entry. */
export function useAnswer<Input>({ entry, onSent, onSettled }: Answering, work: (input: Input) => Promise<unknown>) {
  const sending = useSend(
    async (input: Input) => {
      await work(input);
      onSent();
    },
    { about: ['/api/waiting', '/api/decisions', at`/api/runs/${entry.runId}`] },
  );
  const settle = useEffectEvent(onSettled);
  const { error } = sending;
  useEffect(() => {
    if (error) settle();
  }, [error]);
  return sending;
}
