import type { ModelSettings } from '../../workers/models.ts';
import type { WorkerGateway } from '../../workers/gateway/worker-gateway.ts';
import { defaultProvider } from '../../domain/money/model-table.ts';
import type { Session } from '../connection/session.ts';
import { printOf } from './accounts-print.ts';
import type { CrewGateway } from './crew.ts';
import { isGiven, type RunningModel } from './model.ts';

/** Whom models of real providers are asked through here: `own`, a gateway of this home; one elsewhere; or `off`, nobody. */
function gatewayChoice({
  config,
  ownsProcess,
}: Pick<Session, 'config' | 'ownsProcess'>): 'own' | 'off' | { url: string } {
  return config.gateway ?? (ownsProcess ? 'own' : 'off');
}

/**
 * The gateway for a worker of this session that asks that model; null: none stands before it.
 *
 * One that asks real providers is started beside the worker, and the keys go there. One before a scripted model is started when a foreign
 * agent needs it: our own agents ask that model directly, as it dies with the worker.
 */
export async function gatewayOf(session: Session, model: RunningModel): Promise<CrewGateway | null> {
  const choice = gatewayChoice(session);
  const { kind, replay } = model.settings;
  if (choice === 'off' || model.isNobody || replay) return null;
  const asksModels = kind !== 'scripted';
  const key = asksModels ? 'models' : `script ${model.url}`;
  const known = session.gateways.get(key);
  if (known) return known;
  const opening = asksModels && isGiven(choice) ? openGiven(session, choice.url) : openOwn(session, model, asksModels);
  session.gateways.set(key, opening);
  opening.catch(() => session.gateways.delete(key));
  return opening;
}

/** What a worker gets of a model's settings: where a gateway has the keys, it has none. */
export function withoutKeys(settings: ModelSettings, gateway: WorkerGateway | null): ModelSettings {
  return gateway?.asksModels ? { ...settings, accounts: {} } : settings;
}

async function openOwn(
  session: Session,
  { settings, rateLimits }: RunningModel,
  asksModels: boolean,
): Promise<CrewGateway> {
  const [{ useGateway }, { dropKeys }] = await Promise.all([
    import('../../dev/gateway/use-gateway.ts'),
    import('../../config/drop-keys.ts'),
  ]);
  const { config, home, databaseUrl, say, ownsProcess, cleanup } = session;
  const use = await useGateway({
    ...{ home: { path: home }, env: config.environment, say },
    order: {
      databaseUrl,
      // A copy: what is known of them here is about to lose the keys.
      accounts: structuredClone(settings.accounts),
      ...(asksModels ? {} : { standIn: defaultProvider }),
      ...(rateLimits && { rateLimits }),
    },
  });
  cleanup.add(() => use.leave());
  // Beside the start of the worker, which asks whether it came up.
  if (asksModels) use.ready().catch(() => undefined);
  const print = asksModels ? printOf(settings.accounts) : null;
  if (asksModels && ownsProcess) dropKeys(config);
  return { socket: use.socket, ready: (signal) => use.ready(signal), asksModels, print };
}

async function openGiven({ cleanup }: Session, url: string): Promise<CrewGateway> {
  const { openWay } = await import('../../dev/gateway/way-to-gateway.ts');
  const way = await openWay(url);
  cleanup.add(() => way.close());
  return { socket: way.socket, ready: () => Promise.resolve(), asksModels: true, print: null };
}
