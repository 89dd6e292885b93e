/*
 * A Temporal workflow of one's own: agents do the writing, and ordinary code decides what comes next, by what they answered.
 *
 * One agent names the parts, others write them side by side, each until a critic is content; the page is published with an activity
 * of one's own, and taken back when its last reader finds it wanting.
 */
import { ApplicationFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import { type Crew, inParallel, openCrew, runTask, saga, type TaskOutcome } from 'gaffer-crew/workflow';
import type * as activities from './activities.ts';

const { publish, withdraw } = proxyActivities<typeof activities>({
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 5 },
});

/** What {@link writeArticle} comes to. */
export interface Article {
  file: string;
  /** Of each part, the last score it got, and how often it was written. */
  parts: { title: string; score: number; drafts: number }[];
  costUsd: number;
}

interface Review {
  score: number;
  advice: string;
}

const goodEnough = 8;
const mostDrafts = 3;

const planSchema = {
  type: 'object',
  properties: { parts: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 5 } },
  required: ['parts'],
};
const reviewSchema = {
  type: 'object',
  properties: { score: { type: 'integer', minimum: 0, maximum: 10 }, advice: { type: 'string' } },
  required: ['score', 'advice'],
};

/** Writes an article on a subject, and publishes it. The run has the workflow's id: `gaffer show ID`. */
export async function writeArticle(subject: string): Promise<Article> {
  const crew = await openCrew({
    name: 'article',
    agents: ['planner', 'writer', 'critic'],
    limits: { usd: 1, timeout: '20m', max_parallel: 3 },
  });
  const written = await write(crew, subject).catch(async (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    // The run ends as the workflow does; this throws.
    await crew.close({ kind: isCancellation(error) ? 'cancelled' : 'failed', reason });
    throw error;
  });
  const { summary } = await crew.close();
  return { ...written, costUsd: summary.costUsd };
}

async function write(crew: Crew, subject: string): Promise<Omit<Article, 'costUsd'>> {
  const prompt = `Name the parts of a short article about ${subject}.`;
  const plan = { id: 'plan', agent: 'planner', prompt, output: planSchema };
  const { parts: titles } = answerOf(await runTask<{ parts: string[] }>(crew, plan));
  const parts = await inParallel(titles.map((title, index) => () => writePart(crew, { subject, title, index })));
  const text = parts.map((part) => part.text).join('\n\n');
  const file = await saga(async ({ add, done }) => {
    // Before the step: one that was cut off may have acted.
    add('the page', () => withdraw(subject));
    const published = await publish(subject, text);
    done('the page');
    const { score, advice } = await review(crew, 'last-look', text);
    if (score < goodEnough) throw ApplicationFailure.nonRetryable(`the page got ${score} of 10: ${advice}`, 'NotGood');
    return published;
  });
  return { file, parts: parts.map(({ title, score, drafts }) => ({ title, score, drafts })) };
}

/** Has one part written until the critic is content, or often enough. The writer goes on in one conversation. */
async function writePart(
  crew: Crew,
  { subject, title, index }: { subject: string; title: string; index: number },
): Promise<{ title: string; text: string; score: number; drafts: number }> {
  const context = `part-${index + 1}`;
  let prompt = `Write the part "${title}" of an article about ${subject}.`;
  for (let draft = 1; ; draft++) {
    const text = answerOf(await runTask(crew, { id: `${context}-draft-${draft}`, agent: 'writer', context, prompt }));
    const { score, advice } = await review(crew, `${context}-review-${draft}`, text);
    if (score >= goodEnough || draft === mostDrafts) return { title, text, score, drafts: draft };
    prompt = `Write it again. A reader says: ${advice}`;
  }
}

async function review(crew: Crew, id: string, text: string): Promise<Review> {
  const prompt = `Score this text:\n\n${text}`;
  return answerOf(await runTask<Review>(crew, { id, agent: 'critic', prompt, output: reviewSchema }));
}

function answerOf<Output>({ id, output, error }: TaskOutcome<Output>): Output {
  if (output === null) throw ApplicationFailure.nonRetryable(`${id}: ${error}`, 'TaskFailed');
  return output;
}
