import { plural } from '../../domain/format.ts';
import { providerNames } from '../../domain/money/model-table.ts';
import type { LaunchCassette } from '../../domain/run/launch.ts';
import type { ReplayCounts } from '../../workers/cassette/replay.ts';
import type { Session } from '../connection/session.ts';
import { openModel, type ModelWish, type RunningModel } from '../crew/model.ts';
import { loadCassette } from './load-cassette.ts';

/** Models that answer from a cassette; behind it the real ones where what differs is asked live. Says what differs. @throws UsageError when there is none */
export async function openReplay(
  session: Session,
  wish: ModelWish,
  { file, isLive }: LaunchCassette,
): Promise<RunningModel> {
  const cassette = loadCassette(file);
  const { createReplay } = await import('../../workers/cassette/replay.ts');
  const onDifference = (lines: string[]): void =>
    lines.forEach((line, at) => session.say(at === 0 ? line : `  ${line}`));
  const replay = createReplay(cassette, { isLive, onDifference });
  const model = isLive ? await openModel(session.config, wish) : nobody(session, wish);
  const close = async (): Promise<void> => {
    session.say(countLine(replay.counts));
    await model.close();
  };
  return { ...model, settings: { ...model.settings, replay }, close };
}

function countLine({ calls, tools, different }: ReplayCounts): string {
  const rest = different === 0 ? 'nothing differed' : `${different} differed`;
  return `Replayed, not paid: ${plural(calls, 'model call')}, ${plural(tools, 'tool result')}; ${rest}.`;
}

/** Models that cannot be reached, so that nothing is ever asked. */
function nobody({ config }: Session, { script }: ModelWish): RunningModel {
  const nowhere = { apiKey: 'none', baseURL: 'http://127.0.0.1:9' };
  const accounts = Object.fromEntries(providerNames.map((name) => [name, nowhere]));
  const settings = { kind: 'scripted' as const, accounts, known: config.models };
  return { settings, url: null, script, port: null, close: () => Promise.resolve() };
}
