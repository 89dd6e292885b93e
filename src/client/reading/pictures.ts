import { toInstance } from '../../domain/ids/execution-id.ts';
import { drawPicture } from '../../domain/picture/draw-picture.ts';
import type { Picture } from '../../domain/picture/picture.ts';
import { addedToDraw, toDraw } from '../../domain/picture/picture-task.ts';
import { SpanBook, type SpansJson, spanEvents } from '../../domain/timeline/span-book.ts';
import type { Session } from '../connection/session.ts';
import { checkedDefinition } from '../create-runs.ts';
import { findRun } from '../follow/find-run.ts';
import type { StartOptions } from '../start-options.ts';

/** What is read of a run's events for its times: more are of a run that nobody looks at line by line. */
const mostEvents = 100_000;

/** The graph of a run: of its plan, and of what was added to it so far. @throws RunNotFoundError */
export async function pictureOfRun(session: Session, runId: string): Promise<Picture> {
  const { store } = session;
  const { runKey, planHash } = await findRun(session, runId);
  const [plan, added, addedBy] = await Promise.all([
    store.runs.plan(planHash),
    store.runs.added(runKey),
    store.runs.addedBy(runKey),
  ]);
  const more = [...added.values()].map((task) => {
    const parent = addedBy.get(task.id);
    return addedToDraw(task, parent === undefined ? null : toInstance(parent).task);
  });
  return drawPicture({ tasks: toDraw(plan), added: more, phases: plan.phases });
}

/** The graph of what is to run; starts nothing. @throws DefinitionError with everything that is wrong; OutOfBoundsError, NotTrustedError */
export async function pictureOfPlan(session: Session, options: StartOptions): Promise<Picture> {
  const { plan } = await checkedDefinition(session, options);
  return drawPicture({ tasks: toDraw(plan), phases: plan.phases });
}

/** When its tasks were at work and when they waited, so far. @throws RunNotFoundError */
export async function spansOfRun(session: Session, runId: string): Promise<SpansJson> {
  const { runKey } = await findRun(session, runId);
  const events = await session.store.events.listOf(runKey, spanEvents, mostEvents);
  const book = new SpanBook();
  for (const event of events) book.add(event);
  return book.toJson(events.length < mostEvents);
}
