import type { RecordProgressInput } from '../../contracts/progress.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { executionText } from '../../domain/run/about-task.ts';

/** How many of a kind are named. */
const mostNamed = 4;

/** What a step of the run's story tells, in words for whoever looks at its history: `plan succeeded · next: build, item 0; build, item 1`. */
export function progressText({ events, ended = [], giveUp = [], begin = [], loops = [] }: RecordProgressInput): string {
  const ends = [...ended, ...giveUp].map(({ id, status }) => `${executionText(id)} ${status}`);
  const next = begin.map(({ id }) => executionText(id));
  const again = loops.map(({ loop }) => ('task' in loop ? loop.task : `phase ${loop.phase + 1}`));
  const parts = [
    ...named('', ends),
    ...named('next: ', next),
    ...named('again? ', again),
    // What ended and what begins says the rest.
    ...(ends.length + next.length + again.length === 0 ? named('', events.map(eventText)) : []),
  ];
  return parts.join(' · ') || 'progress';
}

function named(word: string, texts: readonly string[]): string[] {
  if (texts.length === 0) return [];
  const more = texts.length > mostNamed ? ` and ${texts.length - mostNamed} more` : '';
  return [`${word}${texts.slice(0, mostNamed).join('; ')}${more}`];
}

function eventText(event: RunEventDraft): string {
  const what = event.type.replace(':', ' ');
  return 'taskId' in event && event.taskId !== '' ? `${executionText(event.taskId)}: ${what}` : what;
}
