/*
 * Starts the workflow as every Temporal workflow is started, and looks at its run as at every other run.
 *
 *     npx tsx start.ts bees
 */
import { WorkflowFailedError } from '@temporalio/client';
import { connect } from 'gaffer-crew';
import type { writeArticle } from './workflows.ts';

const subject = process.argv[2] ?? 'bees';
const workflowId = `article-${subject}-${Date.now()}`;

const runs = await connect();
try {
  const { workflow } = await runs.temporalClient();
  const handle = await workflow.start<typeof writeArticle>('writeArticle', {
    workflowId,
    taskQueue: 'articles',
    args: [subject],
  });
  console.log(JSON.stringify(await handle.result(), null, 2));
} catch (error) {
  if (!(error instanceof WorkflowFailedError)) throw error;
  console.log(error.cause?.message);
  process.exitCode = 1;
} finally {
  const run = await runs.find(workflowId);
  for await (const event of run.events()) {
    if (event.type === 'task:complete') console.log(`${event.taskId} ${event.success ? 'is done' : 'failed'}`);
  }
  const { status, summary } = await run.result();
  console.log(`${workflowId} ${status}: ${summary.totalTasks} tasks for $${summary.costUsd.toFixed(4)}`);
  await runs.close();
}
