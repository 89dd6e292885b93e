/*
 * What a tool call may do, in words for whoever decides about it. A help for reading, no wall: a shell can hide a word from anybody who only
 * reads. Only what is seen is said; that nothing is said means nothing.
 */
import type { CanonicalCall } from './canonical-call.ts';
import { isNamespaced } from '../tool-names.ts';
import { safeText } from '../safe-text.ts';
import { matchesGlob } from './glob.ts';
import { hasUnknownProgram, spellingsOfCommand } from './shell-spellings.ts';

/** Every {@link CallRisk}, the gravest first. */
export const callRisks = [
  'deletes',
  'publishes',
  'privileged',
  'hidden',
  'unknown',
  'network',
  'command',
  'writes',
] as const;

/**
 * `deletes`: it takes away what cannot be brought back; `publishes`: others see what comes of it; `privileged`: it asks for more rights; `hidden`: characters that
 * nobody can see; `unknown`: what runs is known only when it runs; `network`: it reaches beyond this machine; `command`: it runs one; `writes`: it changes files.
 */
export type CallRisk = (typeof callRisks)[number];

const commands: Partial<Record<CallRisk, readonly string[]>> = {
  deletes: [
    ...['rm *', 'rmdir *', 'unlink *', 'shred *', 'truncate *', 'dd *', 'mkfs*', '* -delete*', 'git clean*'],
    ...[
      'git reset --hard*',
      'git branch -D*',
      'git checkout -- *',
      'git push *--force*',
      'git push -f*',
      'kubectl delete*',
    ],
    ...['terraform destroy*', 'docker * rm *', 'docker rm *', '*drop table*', '*drop database*', '*delete from*'],
  ],
  publishes: [
    ...[
      'git push*',
      'npm publish*',
      'yarn publish*',
      'pnpm publish*',
      'cargo publish*',
      'twine upload*',
      'docker push*',
    ],
    ...[
      'kubectl apply*',
      'kubectl create*',
      'terraform apply*',
      'helm install*',
      'helm upgrade*',
      'gh *',
      'aws *',
      'gcloud *',
    ],
    ...['mail *', 'sendmail *', 'scp *', 'rsync *'],
  ],
  privileged: ['sudo *', 'su *', 'doas *', 'chmod *', 'chown *', 'setcap *'],
  network: [
    ...[
      'curl *',
      'wget *',
      'ssh *',
      'scp *',
      'rsync *',
      'nc *',
      'ncat *',
      'telnet *',
      'ftp *',
      'git push*',
      'git pull*',
    ],
    ...[
      'git fetch*',
      'git clone*',
      'npm install*',
      'npm i *',
      'npm publish*',
      'npx *',
      'pip install*',
      'gh *',
      'docker pu*',
    ],
  ],
};

/** What a call may do, the gravest first. */
export function risksOf(call: CanonicalCall): CallRisk[] {
  const found = new Set<CallRisk>(isHiding(call) ? ['hidden'] : []);
  const body = call.bodies[0] ?? '';
  if (call.kind === 'shell') {
    found.add('command');
    if (hasUnknownProgram(body)) found.add('unknown');
    const lines = spellingsOfCommand(body).map((line) => line.toLowerCase());
    for (const [risk, globs] of Object.entries(commands))
      if (globs.some((glob) => lines.some((line) => matchesGlob(line, glob.toLowerCase()))))
        found.add(risk as CallRisk);
  }
  if (call.kind === 'file' && /^(write|edit) /.test(body)) found.add('writes');
  if (call.kind === 'address' || isNamespaced(call.tool)) found.add('network');
  return callRisks.filter((risk) => found.has(risk));
}

function isHiding({ input }: CanonicalCall): boolean {
  return Object.values(input).some((value) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return safeText(text) !== text.replaceAll('\r\n', '\n');
  });
}
