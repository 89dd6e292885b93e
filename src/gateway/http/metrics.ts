import type { GatewayFigures } from '../gateway.ts';

const about: Readonly<Record<keyof GatewayFigures, [name: string, type: 'counter' | 'gauge', help: string]>> = {
  calls: ['gaffer_gateway_calls_total', 'counter', 'Calls that were made of a provider.'],
  repeated: ['gaffer_gateway_repeated_total', 'counter', 'Requests that got a stored answer.'],
  attached: ['gaffer_gateway_attached_total', 'counter', 'Requests that joined a call that was under way.'],
  refused: ['gaffer_gateway_refused_total', 'counter', 'Requests that the gateway itself refused.'],
  open: ['gaffer_gateway_open_calls', 'gauge', 'Calls under way now.'],
};

/** What a gateway counted since it started, as Prometheus reads it. */
export function metricsText(figures: GatewayFigures): string {
  const lines = (Object.keys(about) as (keyof GatewayFigures)[]).flatMap((key) => {
    const [name, type, help] = about[key];
    return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${figures[key]}`];
  });
  return `${lines.join('\n')}\n`;
}
