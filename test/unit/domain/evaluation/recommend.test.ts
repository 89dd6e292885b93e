import { describe, expect, it } from 'vitest';
import { recommend } from '../../../../src/domain/evaluation/recommend.ts';
import type { CheckResult, TaskEvaluation } from '../../../../src/domain/evaluation/evaluation.ts';
import type { Recommendation } from '../../../../src/domain/evaluation/recommendation.ts';
import { createTrials, type StoredTrial } from '../../../../src/domain/evaluation/tried-run.ts';
import { evaluatedTask } from '../../../support/plan/evaluation.ts';
import { agent } from '../../../support/plan/builders.ts';
import { yamlPlan } from '../../../support/plan/yaml-plan.ts';

interface Side {
  prompt?: string;
  system?: string;
  plan?: string;
  model?: string;
  /** By the place of the case. */
  score: (at: number) => number;
  costUsd?: number;
  /** What else there is to say of the task. */
  task?: Partial<TaskEvaluation>;
}

function checked(score: number | null): CheckResult {
  return { name: 'c', kind: 'judge', weight: 1, score, detail: '' };
}

/** A run for each case, in which `build` is as the side has it, after `plan`. */
function runsOf(name: string, count: number, side: Side): StoredTrial[] {
  const {
    prompt = 'Build ${{ inputs.topic }}',
    system = 'You build.',
    plan = 'Plan',
    model,
    score,
    costUsd = 1,
    task,
  } = side;
  return Array.from({ length: count }, (_, at) => {
    const topic = `topic-${at}`;
    const text = `name: w\ninputs: { topic: { type: string } }\ntasks:\n  - { id: plan, prompt: ${plan} }\n  - { id: build, profile: coder, prompt: '${prompt}', depends_on: [plan] }\n`;
    const coder = agent({ name: 'coder', system, model: model ? 'auto' : 'claude-sonnet-4-6' });
    return {
      ...{ run: `${name}-${at}`, case: topic, at: name, plan: yamlPlan(text, { agents: [coder], inputs: { topic } }) },
      evaluation: {
        tasks: {
          build: evaluatedTask({
            ...{
              agent: 'coder',
              score: score(at),
              costUsd: costUsd + at / 1000,
              checks: [checked(score(at))],
              ...task,
            },
          }),
        },
      },
      models: model ? { build: model } : {},
    };
  });
}

/** `old` ran before `now`; what is said about the last run of all. */
function ask(now: StoredTrial[], ...old: StoredTrial[][]): Recommendation[] {
  const runs = [...now, ...old.flat()].map(createTrials());
  return recommend(runs, { of: now[0]!.run });
}

const good = (at: number) => 90 - (at % 3);
const worse = (at: number) => good(at) - 18 + (at % 2);

describe('recommend (ORCH-020)', () => {
  it('names the task, the change and where it was better, when a paired test says that it got worse since', () => {
    const found = ask(
      runsOf('now', 10, { system: 'You build quickly.', score: worse }),
      runsOf('old', 10, { score: good }),
    );
    expect(found).toMatchObject([
      {
        task: 'build',
        verdict: 'worse',
        changed: ['system'],
        changedBefore: [],
        pairs: 10,
        pairOf: 'case',
        costChange: null,
      },
    ]);
    expect(found[0]!.difference).toBeCloseTo(-17.5);
    expect(found[0]!.text).toMatch(
      /^task build got worse by 17\.5 points \(99 %: −18\.\d to −1\d\.\d, 10 pairs of cases\) since the system prompt of coder changed: as it was in old-0 it is better$/,
    );
  });

  it('says that a cheaper model is as good, where both its scores and its costs say so', () => {
    const dear = runsOf('now', 10, { model: 'claude-opus-4-6', score: good, costUsd: 1 });
    const cheap = runsOf('old', 10, {
      model: 'claude-haiku-4-5',
      score: (at) => good(at) + (at % 2 ? 1 : -1),
      costUsd: 0.4,
    });
    const [found] = ask(dear, cheap);
    expect(found).toMatchObject({ verdict: 'same', changed: ['model'] });
    expect(found!.text).toBe(
      'task build: model claude-haiku-4-5 is as good as claude-opus-4-6 (same within ± 5 points, 10 pairs of cases) and costs 60 % less: name it there',
    );
    expect(ask(cheap, dear)[0]!.text).toBe(found!.text);
    expect(ask(runsOf('now', 10, { model: 'claude-opus-4-6', score: good, costUsd: 0.4 }), cheap)).toEqual([]);
  });

  it('recommends nothing without evidence: too few pairs, no change, other cases, or scores that vary', () => {
    const old = runsOf('old', 10, { score: good });
    expect(ask(runsOf('now', 7, { prompt: 'Make', score: worse }), old.slice(0, 7))).toEqual([]);
    expect(ask(runsOf('now', 10, { score: worse }), old)).toEqual([]);
    const others = runsOf('now', 10, { prompt: 'Make', score: worse }).map((run) => ({
      ...run,
      case: `other-${run.case}`,
    }));
    expect(ask(others, old)).toEqual([]);
    const varied = runsOf('now', 10, { prompt: 'Make', score: (at) => (at % 2 ? 100 : 60) });
    expect(ask(varied, old)).toEqual([]);
  });

  it('takes prompts that differ by their inputs alone for one, and names what changed before the task', () => {
    const found = ask(
      runsOf('now', 10, {
        plan: 'Plan well',
        prompt: 'Make ${{ inputs.topic }}',
        score: (at) => Math.min(100, worse(at)),
      }),
      runsOf('old', 10, { score: good }),
    );
    expect(found).toMatchObject([{ changed: ['prompt'], changedBefore: ['plan'] }]);
    expect(found[0]!.text).toContain('since its prompt and what plan before it is asked changed');
  });

  it('tells costs of a millionth of a dollar apart', () => {
    const now = runsOf('now', 10, { system: 'C', score: good });
    const old = runsOf('old', 10, { score: good });
    const tiny = (runs: StoredTrial[], costUsd: number) =>
      runs.map((run, at) => ({
        ...run,
        evaluation: { tasks: { build: { ...run.evaluation.tasks['build']!, costUsd: costUsd + at * 1e-9 } } },
      }));
    const [found] = ask(tiny(now, 2e-7), tiny(old, 4e-7));
    expect(found).toMatchObject({ verdict: 'same', changed: ['system'] });
    expect(found!.costChange).toBeCloseTo(-0.5, 1);
  });

  it('knows a prompt by how it was written, also where the value of an input stands in its other words', () => {
    const prompt = 'Write a text on ${{ inputs.topic }} in 5 lines';
    const lettered = (runs: StoredTrial[]) =>
      runs.map((run, at) => {
        const topic = ['a', 'text', 'on', '5', 'in', 'lines', 'Write', 'x', '5 lines', 'a text'][at]!;
        const text = `name: w\ninputs: { topic: { type: string } }\ntasks: [{ id: build, profile: coder, prompt: '${prompt}' }]`;
        const inputs = { topic };
        return { ...run, plan: yamlPlan(text, { agents: Object.values(run.plan.agents), inputs }) };
      });
    const now = lettered(runsOf('now', 10, { score: worse }));
    const old = lettered(runsOf('old', 10, { system: 'You build well.', score: good }));
    expect(ask(now, old)).toMatchObject([{ verdict: 'worse', changed: ['system'], pairs: 10, pairOf: 'case' }]);
    expect(now[0]!.plan.tasks[0]).toMatchObject({ prompt: 'Write a text on a in 5 lines', written: prompt });
    // What was asked in another case alone hides no change.
    const other = runsOf('other', 1, { prompt: 'Try', score: good }).map((run) => ({ ...run, case: 'another' }));
    expect(ask(now, other, old)).toHaveLength(1);
  });

  it('asks of two runs only what differs between them', () => {
    const runs = [
      runsOf('now', 10, { system: 'C', score: good }),
      runsOf('mid', 10, { system: 'B', score: good }),
      runsOf('old', 10, { system: 'A', score: worse }),
    ].flatMap((side) => side);
    const tried = runs.map(createTrials());
    expect(recommend(tried, { of: 'now-0' })).toEqual([]);
    expect(recommend(tried, { of: 'now-0', against: 'old-3' })).toMatchObject([
      { verdict: 'better', before: { run: 'old-0' } },
    ]);
    expect(recommend(tried, { of: 'now-0', against: 'now-3' })).toEqual([]);
    expect(recommend(tried, { of: 'now-0', against: 'gone' })).toEqual([]);
  });

  it('goes by what checks looked at, and by work that was done in the run: not by results that were taken over', () => {
    const old = { system: 'You build quickly.', score: good };
    const now = runsOf('now', 10, { score: worse });
    expect(ask(now, runsOf('old', 10, old))).toHaveLength(1);
    const others = [
      { checks: [] },
      { checks: [checked(null)] },
      { status: 'reused', attempts: 0, costUsd: 0 },
      { executions: 3, succeeded: 3, attempts: 2 },
    ] as const;
    for (const task of others) {
      expect(ask(now, runsOf('old', 10, { ...old, task: { ...task } as Partial<TaskEvaluation> }))).toEqual([]);
    }
    const dear = runsOf('old', 10, { ...old });
    const retried = runsOf('retried', 10, { score: good, task: { status: 'reused', attempts: 0, costUsd: 0 } });
    const tried = [...retried, ...runsOf('now', 10, { score: good }), ...dear].map(createTrials());
    expect(recommend(tried, { of: 'now-0' })).toEqual([]);
  });

  it('takes no later change for an earlier one, whichever of two runs is named first', () => {
    const monday = runsOf('monday', 10, { score: good });
    const tuesday = runsOf('tuesday', 10, { system: 'You build quickly.', score: worse });
    const wednesday = runsOf('wednesday', 10, { score: good });
    const two = [...tuesday, ...monday].map(createTrials());
    expect(recommend(two, { of: 'monday-0' })).toEqual([]);
    const found = recommend(two, { of: 'tuesday-0', against: 'monday-0' });
    expect(found).toMatchObject([{ verdict: 'worse', now: { run: 'tuesday-0' }, before: { run: 'monday-0' } }]);
    expect(recommend(two, { of: 'monday-0', against: 'tuesday-0' })).toEqual(found);
    const three = [...wednesday, ...tuesday, ...monday].map(createTrials());
    expect(recommend(three, { of: 'tuesday-0' })).toMatchObject([{ verdict: 'worse' }]);
    expect(recommend(three, { of: 'wednesday-0' })).toMatchObject([{ verdict: 'better' }]);
  });
});
