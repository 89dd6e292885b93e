/*
 * The scripted model of this example: what the three agents say, so that the crew works without a key.
 *
 * S1 An answer depends on the conversation alone, mostly on what tools gave back. No rule remembers anything, so a run
 *    goes on in another process, and it does not matter which worker was quicker.
 * S2 What a tool reports as failed or as unknown is looked at before it is done again; after two failures the issue is blocked.
 */
import type { Rule, Script, ScriptedAnswer, ScriptedConversation, ScriptedToolResult } from 'gaffer-crew/testing';
import { drafts, jobs, notesFile, page, researchTitle } from './script-knowledge.ts';
import type { Draft, Edit } from './script-knowledge.ts';

type Result = ScriptedToolResult;
type Call = NonNullable<ScriptedAnswer['tools']>[number];
type Input = Call['input'];

/** An issue as the issue tool shows it. */
interface Issue {
  id: string;
  title: string;
  status: string;
  assignee?: string;
  waits_for?: string[];
  description?: string;
  block_reason?: string;
  answer?: string;
  result?: string;
}

/** Failures with one issue after which a worker gives it up; the third time in a row would count as going in circles. */
const mostFailures = 2;

const issue = (input: Input): Call => ({ name: 'issue', input });
const file = (input: Input): Call => ({ name: 'filesystem', input });
const say = (text: string, ...tools: Call[]): ScriptedAnswer => (tools.length > 0 ? { text, tools } : { text });

// Foreman

function fillBoard(c: ScriptedConversation): ScriptedAnswer {
  const board = listed(c.results);
  if (!board) {
    const look = [file({ action: 'read', path: 'README.md' }), issue({ action: 'list' })];
    return say('I read what the project says about itself, and look at the board.', ...look);
  }
  const made = new Map([...board, ...acted(c.results, 'create')].map((each) => [each.title, each]));
  const { login, report, reset } = drafts;
  const first = [login, report, researchDraft(c.prompt)].filter((draft) => !made.has(draft.title));
  if (failures(c.results) >= mostFailures) return say('The board does not take my issues; I stop here.');
  if (first.length > 0) return say('These can be started at once.', ...first.map(create));
  if (!made.has(reset.title)) {
    const loginId = made.get(login.title)!.id;
    return say('Resetting a password uses the account look-up too.', create({ ...reset, depends_on: [loginId] }));
  }
  const ids = [...made.values()].map((each) => `${each.id} ${each.title}`);
  return say(`The board is filled:\n${ids.join('\n')}`);
}

const create = (draft: Draft & { depends_on?: string[] }): Call => issue({ action: 'create', ...draft });

function researchDraft(prompt: string): Draft {
  const description = `Read ${urlIn(prompt)} and write into ${notesFile} what it advises on password reset links: a heading, the source, short points.`;
  return { title: researchTitle, description, priority: 3, labels: ['research'] };
}

function answerBlocked(c: ScriptedConversation): ScriptedAnswer {
  const blocked = listed(c.results);
  if (!blocked) return say('I look for what is stuck.', issue({ action: 'list', status: 'blocked' }));
  if (blocked.length === 0) return say('Nothing is blocked.');
  const shown = acted(c.results, 'show');
  const unread = blocked.filter(({ id }) => !shown.some((other) => other.id === id));
  if (unread.length > 0 && failures(c.results) < mostFailures) {
    return say('Let me read the questions.', ...unread.map(({ id }) => issue({ action: 'show', id })));
  }
  const tried = c.results.filter((each) => each.input['action'] === 'unblock').map((each) => each.input['id']);
  const open = shown.filter(({ id }) => !tried.includes(id));
  const answers = open.map((each) => ({ action: 'unblock', id: each.id, answer: answerTo(each, c.system) }));
  if (answers.length > 0) return say('I can answer that.', ...answers.map(issue));
  const done = acted(c.results, 'unblock').map(({ id }) => id);
  if (done.length === 0) return say('The questions could not be answered; they stay open.');
  return say(`Answered: ${done.join(', ')}. Whoever holds them can go on.`);
}

/** The foreman knows the owner's decisions from the own profile. */
function answerTo({ block_reason: question = '' }: Issue, system: string): string {
  const decision = /^- (Password reset links work for \d+ minutes.*)$/m.exec(system)?.[1];
  if (decision && /reset link/i.test(question)) return `${decision} That is the owner's decision: make it a setting.`;
  return 'Nothing was decided on that. My choice: leave it as it is, and say in the result what is missing.';
}

function sumUp(c: ScriptedConversation): ScriptedAnswer {
  const board = listed(c.results);
  if (!board) {
    const look = [issue({ action: 'list' }), file({ action: 'read', path: notesFile })];
    return say('I look at the board and at the notes once more.', ...look);
  }
  const lines = board.map((each) => `- ${each.id} ${each.title}: ${each.status}, ${each.assignee ?? 'nobody'}`);
  const open = board.filter(({ status }) => status !== 'closed');
  const rest = open.length > 0 ? `Still open: ${open.map(({ id }) => id).join(', ')}.` : 'Nothing is left open.';
  const read = c.results.find((each) => each.name === 'filesystem' && !each.isError);
  const advice = /^- (.+)$/m.exec(read?.content ?? '')?.[1];
  const beyond = advice ? `The research in ${notesFile} begins with: ${advice}` : 'There are no research notes.';
  return say(
    [`${board.length - open.length} of ${board.length} issues are closed.`, ...lines, rest, beyond].join('\n'),
  );
}

// Workers

/** What to do about the issue at hand; `since` is what happened after it was read. */
type Work = (current: Issue, since: Result[], c: ScriptedConversation) => ScriptedAnswer;

/** The round that every worker makes: look, claim, work, look again. */
function makeRounds(c: ScriptedConversation, isMine: (issue: Issue) => boolean, work: Work): ScriptedAnswer {
  const me = /\b(?:coding|research)_worker_\d+\b/.exec(c.prompt)![0];
  const look = say('What is on the board?', issue({ action: 'list' }));
  const board = listed(c.lastResults);
  if (board) return pickUp(board.filter(isMine), me, acted(c.results, 'close'));
  const lastAction = c.lastResults.find((each) => each.name === 'issue' && each.input['action'] !== 'show');
  const isClaimed = lastAction?.input['action'] === 'claim' && !lastAction.isError;
  if (c.lastResults.length === 0 || (lastAction && !isClaimed)) return look;
  const at = c.results.findLastIndex((each) => each.input['action'] === 'show' && !each.isError);
  const current = acted(c.results.slice(at, at + 1), 'show')[0];
  if (!current) return look;
  const since = c.results.slice(at + 1);
  if (failures(since) >= mostFailures)
    return block(current, `I give up after ${mostFailures} failures: ${last(since)}`);
  return work(current, since, c);
}

function pickUp(board: Issue[], me: string, closed: Issue[]): ScriptedAnswer {
  const own = board.find((each) => each.status === 'claimed' && each.assignee === me);
  if (own) return say(`${own.id} is mine: I go on with it.`, issue({ action: 'show', id: own.id }));
  const next = board.find((each) => each.status === 'open' && !each.waits_for?.length);
  if (next) {
    const claim = [issue({ action: 'claim', id: next.id }), issue({ action: 'show', id: next.id })];
    return say(`I take ${next.id}, if nobody was quicker.`, ...claim);
  }
  const done = closed.length > 0 ? `I closed ${closed.map(({ id }) => id).join(', ')}.` : 'I had nothing to close.';
  const stuck = board.filter((each) => each.status === 'blocked' && each.assignee === me).map(({ id }) => id);
  return say(stuck.length > 0 ? `${done} ${stuck.join(', ')} waits for an answer.` : `${done} Nothing else is ready.`);
}

function fix(current: Issue, since: Result[]): ScriptedAnswer {
  const job = jobs.find(({ test }) => current.description?.includes(test));
  if (!job) return block(current, 'I do not know how to fix this: the issue names no test that I know.');
  const unread = [job.test, ...job.reads].filter((path) => needsRead(since, path));
  if (unread.length > 0)
    return say('First the test and the code.', ...unread.map((path) => file({ action: 'read', path })));
  const edits = job.edits(current.answer);
  if (!edits) return block(current, job.question, 'I must not guess that; I ask and take another one.');
  const left = edits.filter((edit) => !isDone(since, edit));
  const now = left.filter(({ path }, index) => left.findIndex((other) => other.path === path) === index);
  if (now.length > 0) return say('I see the cause. This changes it.', ...now.map(change));
  const command = current.answer === undefined ? `node --test ${job.test}` : 'node --test';
  const ran = since.findLast((each) => each.name === 'bash');
  if (ran && !ran.isError && /\bfail 0\b/.test(ran.content)) {
    return say(
      'It passes.',
      issue({ action: 'close', id: current.id, result: `${job.result} \`${command}\` passes.` }),
    );
  }
  const tries = since.filter((each) => each.name === 'bash' && !isUnknown(each)).length;
  if (tries >= mostFailures) return block(current, `The test still fails: ${ran?.content.slice(-1000)}`);
  return say('Does the test agree?', { name: 'bash', input: { command } });
}

const change = ({ path, before, after }: Edit): Call =>
  file({ action: 'edit', path, old_string: before, new_string: after });

/** A file has to be read at first, and again after a change of it went wrong or was interrupted (S2). */
function needsRead(since: Result[], path: string): boolean {
  const newest = since.findLast((each) => each.input['path'] === path);
  return !newest || newest.isError;
}

function isDone(since: Result[], { path, after }: Edit): boolean {
  const read = since.findLastIndex((each) => each.input['path'] === path && each.input['action'] === 'read');
  if (since[read]?.content.includes(after)) return true;
  return since.slice(read + 1).some((each) => each.input['new_string'] === after && !each.isError);
}

function writeNotes(current: Issue, since: Result[], c: ScriptedConversation): ScriptedAnswer {
  const url = urlIn(c.prompt);
  const page = since.findLast((each) => each.name === 'web' && !each.isError);
  if (!page) return say('I read the page.', { name: 'web', input: { url } });
  const points = pointsOf(page.content);
  if (points.length === 0) return block(current, `${url} lists nothing that I could write down.`);
  if (!since.some((each) => each.input['action'] === 'write' && !each.isError)) {
    const text = [
      '# Password reset links',
      '',
      `Source: ${url}`,
      '',
      ...points.slice(0, 10).map((point) => `- ${point}`),
    ];
    return say('Written down:', file({ action: 'write', path: notesFile, content: `${text.join('\n')}\n` }));
  }
  const result = `Most important: ${points[0]} The rest is in ${notesFile}.`;
  return say('That is it.', issue({ action: 'close', id: current.id, result }));
}

/** The points of a page's lists; a point may go on in the next line, set in. */
function pointsOf(text: string): string[] {
  const unwrapped = text.replace(/\n {2,}(?![\s*•-])/g, ' ');
  return unwrapped.split('\n').flatMap((line) => /^\s*[*•-]\s+(.+)$/.exec(line)?.[1] ?? []);
}

function block({ id }: Issue, reason: string, text = 'I get no further here.'): ScriptedAnswer {
  return say(text, issue({ action: 'block', id, reason }));
}

// Reading results

/** The board, from the newest list among these results. */
function listed(results: Result[]): Issue[] | undefined {
  const list = results.findLast((each) => each.name === 'issue' && each.input['action'] === 'list' && !each.isError);
  return list && (JSON.parse(list.content) as { issues: Issue[] }).issues;
}

/** The issues of all calls of that kind that went well. */
function acted(results: Result[], action: string): Issue[] {
  return results
    .filter((each) => each.name === 'issue' && each.input['action'] === action && !each.isError)
    .map((each) => (JSON.parse(each.content) as { issue: Issue }).issue);
}

const isUnknown = ({ isError, content }: Result): boolean => isError && content.startsWith('Outcome unknown');
const failures = (results: Result[]): number => results.filter((each) => each.isError && !isUnknown(each)).length;
const last = (results: Result[]): string => results.at(-1)?.content.slice(0, 1000) ?? '';
const urlIn = (text: string): string => /https?:\/\/[^\s,"<>]+/.exec(text)?.[0] ?? '';

const isResearch = ({ title }: Issue): boolean => title.startsWith('Research');

function rule(name: string, opening: RegExp, answer: Rule['answer']): Rule {
  return { name, when: ({ prompt }) => opening.test(prompt), answer };
}

/** The scripted model of the crew. It serves the page for the research worker at `/pages/reset-links`. */
export const script: Script = {
  latencyMs: 150,
  pages: { 'reset-links': { body: page, contentType: 'text/html; charset=utf-8' } },
  rules: [
    rule('foreman fills the board', /^Fill the board of issues/, fillBoard),
    rule('coding worker works', /^You are coding_worker_\d+\. (Work through the coding|Finish what is left)/, (c) =>
      makeRounds(c, (each) => !isResearch(each), fix),
    ),
    rule('research worker reads', /^You are research_worker_\d+\. Claim the research issue/, (c) =>
      makeRounds(c, isResearch, writeNotes),
    ),
    rule('foreman answers', /^Look after the blocked issues/, answerBlocked),
    rule('foreman sums up', /^Sum up for the shop's owner/, sumUp),
  ],
};
