/*
 * The crew of workflow.yaml as hand-written Temporal workflow code, on the same building blocks: a `for`, an `if` or an
 * `await` of your own fits anywhere between two tasks. Conversations, journal, budget and events are those of every run.
 *
 * A worker of one's own has it: see examples/own-workflow.
 */
import { inParallel, openCrew, runTask } from 'gaffer-crew/workflow';
import type { Crew } from 'gaffer-crew/workflow';
import { prompts } from './manual-prompts.ts';

/** Input of workflow `foremanWorker`. */
export interface ForemanWorkerInput {
  /** URL of the page that the research worker reads. */
  page: string;
  /** Folder with the program to repair; default: the worker's. */
  workspace?: string;
}

const coders = ['coding_worker_1', 'coding_worker_2'] as const;
const researcher = 'research_worker_1';

/** A foreman fills a board, three workers share it, what is stuck gets an answer. @returns the run's result */
export async function foremanWorker({ page, workspace }: ForemanWorkerInput) {
  const crew = await openCrew({
    name: 'foreman-worker-manual',
    description: 'The crew of the example, by hand',
    agents: ['foreman', 'coding-worker', 'research-worker'],
    limits: { usd: 1, timeout: '20m', max_parallel: 3 },
    ...(workspace === undefined ? {} : { workspace }),
  });
  await askForeman(crew, 'Issue Creation', prompts.create(page));

  const [first, second] = coders;
  await inParallel([
    () => askCoder(crew, 'Issue Processing', first, prompts.code(first, second)),
    () => askCoder(crew, 'Issue Processing', second, prompts.code(second, first)),
    () => askResearcher(crew, page),
  ]);

  await askForeman(crew, 'Issue Monitoring', prompts.monitor);
  await inParallel(coders.map((me) => () => askCoder(crew, 'Process Unblocked', me, prompts.finish(me))));
  await askForeman(crew, 'Summary', prompts.sumUp);
  return crew.close();
}

function askForeman(crew: Crew, phase: string, prompt: string) {
  return runTask(crew, { id: idOf(phase, 'foreman'), phase, agent: 'foreman', context: 'foreman', prompt });
}

function askCoder(crew: Crew, phase: string, context: string, prompt: string) {
  return runTask(crew, { id: idOf(phase, context), phase, agent: 'coding-worker', context, prompt });
}

function askResearcher(crew: Crew, page: string) {
  const phase = 'Issue Processing';
  const prompt = prompts.research(researcher, page);
  return runTask(crew, { id: idOf(phase, researcher), phase, agent: 'research-worker', context: researcher, prompt });
}

/** The same ids as those of workflow.yaml: `issue-creation.foreman`. */
function idOf(phase: string, context: string): string {
  return `${phase.toLowerCase().replaceAll(' ', '-')}.${context}`;
}
