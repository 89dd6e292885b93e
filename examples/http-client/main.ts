/*
 * A program that has runs done elsewhere, over HTTP: it brings a template in code, follows its run event by event, says yes where a person
 * is asked, and prints what came out. It needs nothing but a service and a key of it:
 *
 *     GAFFER_URL=http://127.0.0.1:7450 GAFFER_KEY=gfr_… npx tsx examples/http-client/main.ts [SUBJECT]
 */
import { connect, defineTemplate, RefusedError, type Run } from 'gaffer-crew/client';

const url = process.env['GAFFER_URL'] ?? 'http://127.0.0.1:7450';
const key = process.env['GAFFER_KEY'];

/** What is built here goes to the service as a definition: no code is sent. */
const letter = defineTemplate({
  id: 'letter',
  parameters: { subject: { type: 'string', min_length: 3 }, lines: { type: 'integer', default: 3, maximum: 10 } },
  buildTasks: ({ subject, lines }) => ({
    default_profile: 'copywriter',
    tasks: [
      { id: 'draft', prompt: `A letter of ${lines} lines about ${subject}. No files: only the text.` },
      {
        ...{ id: 'send', depends_on: ['draft'], approval: { at: 'before' } },
        prompt: 'Say in one line to whom this goes:\n${{ tasks.draft.output }}',
      },
    ],
  }),
});

/** Says yes to whatever waits; somebody else may have been quicker. */
async function approve(run: Run, id: string): Promise<void> {
  await run.approve({ id, comment: 'as a program' }).catch((error: unknown) => {
    if (!(error instanceof RefusedError)) throw error;
    console.log(`  ${error.message}`);
  });
}

const runs = await connect({ url, ...(key !== undefined && { key }) });
try {
  const run = await runs.start({
    template: letter,
    inputs: { subject: process.argv[2] ?? 'bees' },
    limits: { usd: 1 },
  });
  console.log(`${run.id}:`);
  for await (const event of run.events()) {
    if (event.type === 'task:complete') console.log(`  ${event.taskId} is done`);
    if (event.type === 'approval:requested') await approve(run, event.approvalId);
  }
  const { status, tasks, summary } = await run.result();
  console.log(`${status} for $${summary.costUsd}\n${tasks['draft']?.output ?? ''}`);
} finally {
  await runs.close();
}
