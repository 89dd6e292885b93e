/** Tests that run together, and can be run alone. */
export interface Part {
  name: string;
  /** What a green run of it says. */
  about: string;
  files: string[];
  /** They measure times: one file at a time, and nothing beside it. */
  timed?: boolean;
  /** They need no server. */
  bare?: boolean;
  /** They start servers of their own. */
  ownServers?: boolean;
}

/** What `npm test` runs, timed ones last. */
export const shortParts: Part[] = [
  { name: 'unit', about: 'every rule, without a server', files: ['test/unit/**'], bare: true },
  {
    name: 'real',
    about: 'store, activities, tools and workflows on one Temporal server and one PostgreSQL; old histories replay',
    files: ['test/{activities,client,store,tools,workers,workflows,replay}/**', 'test/*'],
  },
  {
    name: 'timed',
    about: 'a killed command, and what must be quick',
    files: ['test/e2e/kill-run', 'test/store/gates/model-gates'],
    timed: true,
  },
];

/** What `npm run test:long` runs, each below ten minutes on two cores. They begin in this order, timed ones last. */
export const longParts: Part[] = [
  // One long file, which waits for the network more than for a core: first, so that the others go on beside it.
  { name: 'package', about: 'the packed package, installed on each Node it supports', files: ['test/package/**'] },
  {
    name: 'kills',
    about: 'workers and clients killed in every place, and nothing is lost, doubled or left behind',
    files: ['test/e2e/{kill-worker,two-workers}', 'test/chaos/kill-*', 'test/store/leases/**'],
  },
  {
    name: 'chaos',
    about: 'storms, standstills, money and cancels in every state leave the books exact',
    files: ['test/chaos/{cancel-*,money,rate-limit,standstill,storm}', 'test/e2e/cancel'],
    timed: true,
  },
  {
    name: 'edges',
    about:
      'what is rare or takes long: whole crews, skips in every moment, rollbacks, told costs, hostile answers, money that waits, files that would burst, repositories that agents make, code of a user’s own, lost connections, models that stumble, tasks in slices, full pools, people who step in at any moment, the Web UI',
    files: [
      'test/workflows/{feature-graph,foreman-worker,orch-saga,own-tools,saga-helper,honest-counts,any-model,model-providers}',
      'test/tools/shell/{hidden-repository,sub-repositories}',
      'test/workflows/{orch-control,skip-in-flight,rollback,told-cost,unsaved-checkpoint,cut-off,edited-calls,orch-reuse,task-workspaces}',
      'test/workflows/{database-away,forged-answers,held-back,hostile-money,public-cases,strange-answers,too-long,unfinished-answers}',
      'test/chaos/{checker,model-faults,moody-models}',
      'test/client/live-run',
      'test/browser/web-ui',
      'test/store/database/lost-connection',
      'test/workers/{own-code,full-pool}',
      'test/workflows/slices',
      'test/workflows/slices-apart',
      'test/unit/definition/source/bombs',
    ],
  },
  {
    name: 'formats',
    about:
      'what people bring runs: lists, teams, sentences, scripts, workflows in workflows, every template, every agent that comes along',
    files: ['test/workflows/{formats,nested,script,script-variants,shipped-agents,templates}'],
  },
  {
    name: 'service',
    about:
      'other programs start, follow and steer runs over HTTP; strangers get nowhere; nothing that was told is lost',
    files: ['test/server/**'],
  },
  {
    name: 'web',
    about: 'people watch, decide and build in a real browser; nothing that a model wrote does anything there',
    files: ['test/web/**'],
  },
  {
    name: 'deploys',
    about: 'new code takes over what the old one began; a large run stays within its bounds',
    files: [
      'test/e2e/{deploy,conversation-growth}',
      'test/chaos/{deploy-graph,drain}',
      'test/workflows/{deploy,large}-*',
    ],
  },
  {
    name: 'stack',
    about: 'the servers that come with it: started, shared, killed, upgraded, short of disk; and the suite leaves none',
    files: ['test/dev/**'],
    timed: true,
  },
  {
    name: 'commands',
    about:
      'everything that can go wrong for a user is said in one message, with the way out; JSON is what its schema says',
    files: ['test/e2e/{errors,errors-*,data-life,lineage,terminated,trust}', 'test/client/{json-output,start-many}'],
  },
  {
    name: 'contain',
    about: 'a program of somebody else gets nowhere that it may not go, and nothing of it is left, whoever is killed',
    files: ['test/contain/**'],
    bare: true,
  },
  {
    name: 'crews',
    about:
      'agents that work with each other: who waits is woken, nothing is lost or said twice, what they pass on, sum up, share and cost holds, and how they are judged',
    files: ['test/crews/**'],
  },
  {
    name: 'coding',
    about:
      'coding agents of others: what they ask is paid once, they are kept apart, and what they make comes together',
    files: ['test/{gateway,runners,worktrees,merge,coding}/**', 'test/chaos/coding-*'],
  },
];

/** What `npm run test:production` runs: neither in `npm test` nor in the long tests, as it builds a server first. */
export const productionPart: Part = {
  name: 'production',
  about: 'Temporal as operators run it, on PostgreSQL: kills, restarts and a rolling deploy under runs of every shape',
  files: ['test/production/**'],
  ownServers: true,
};

/** What `npm run test:agents` runs: not in CI, as it installs 1.3 GB of other makers' programs first. */
export const agentsPart: Part = {
  name: 'agents',
  about:
    'claude, codex, pi and agents of ACP as their makers publish them: what they do, and that nothing is paid twice',
  files: ['test/agents/**'],
};

/** The test files of a part, as globs. */
export function globsOf({ files }: Part): string[] {
  return files.map((file) => (file.endsWith('**') ? `${file}/*.test.ts` : `${file}.test.ts`));
}
