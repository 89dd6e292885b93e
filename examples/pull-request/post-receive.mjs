// What the forge's repository calls after a push: brings the branch to where it is reviewed, and tells the trigger, signed as GitHub does it.
import { spawnSync } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const { FORGE_FOLDER: folder, FORGE_URL: forge, FORGE_HOOK: hook, FORGE_SECRET: secret } = process.env;
const repository = join(folder, 'forge', 'project.git');
const checkout = join(folder, 'checkout');

function git(...args) {
  // A hook's own settings are those of the bare repository.
  const { GIT_DIR: _, GIT_QUARANTINE_PATH: __, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync('git', args, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** The number of a branch's pull request; each branch has one. */
function numberOf(branch) {
  const file = join(repository, 'pulls.json');
  const pulls = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const isNew = !(branch in pulls);
  pulls[branch] ??= Object.keys(pulls).length + 1;
  writeFileSync(file, JSON.stringify(pulls));
  return { number: pulls[branch], isNew };
}

/** Tells the trigger. While nobody listens, or the service cannot work, it tries again for a minute. */
async function tell(payload) {
  const body = JSON.stringify(payload);
  const headers = {
    'Content-Type': 'application/json',
    'X-GitHub-Event': 'pull_request',
    'X-GitHub-Delivery': randomUUID(),
    'X-Hub-Signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
  const end = Date.now() + 60_000;
  for (;;) {
    const isLast = Date.now() > end;
    try {
      const response = await fetch(hook, { method: 'POST', headers, body, signal: AbortSignal.timeout(15_000) });
      const answer = await response.text();
      if (response.status < 500 || isLast) return answer;
    } catch (error) {
      if (isLast) throw error;
    }
    await sleep(1000);
  }
}

for (const line of readFileSync(0, 'utf8').trim().split('\n')) {
  const [, head, ref] = line.split(' ');
  const branch = ref.replace('refs/heads/', '');
  if (branch === 'main' || /^0+$/.test(head)) continue;
  if (existsSync(checkout)) git('-C', checkout, 'fetch', '-q', 'origin');
  else git('clone', '-q', repository, checkout);
  git('-C', checkout, 'checkout', '-q', '--force', '--detach', head);
  const { number, isNew } = numberOf(branch);
  const changed = git('-C', repository, 'diff', '--name-only', `main...${head}`).trim().split('\n');
  const answer = await tell({
    action: isNew ? 'opened' : 'synchronize',
    number,
    pull_request: { html_url: `${forge}/pulls/${number}`, head: { ref: branch, sha: head } },
    changed_files: changed,
    report_url: `${forge}/reports/${number}`,
  });
  console.log(`Pull request ${number}: ${answer}`);
}
