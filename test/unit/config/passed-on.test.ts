import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { addressVariable, keyVariable } from '../../../src/domain/money/provider-variables.ts';
import { providerNames } from '../../../src/domain/money/model-table.ts';

const root = join(import.meta.dirname, '../../..');
const config = join(root, 'src/config');
/** Where the home lies is the image's to say. */
const ownOfContainer = ['GAFFER_HOME'];

interface Service {
  environment?: Record<string, string | null>;
  ports?: string[];
  scale?: string;
  command?: string[];
  healthcheck?: { test: string[] };
}

interface Compose {
  services: Record<string, Service>;
}

function compose(file: string): Compose {
  return parse(readFileSync(join(root, file), 'utf8'), { merge: true }) as Compose;
}

describe('docker-compose.yml', () => {
  const { services } = compose('docker-compose.yml');

  it('passes on to workers whatever can be set', () => {
    const source = readdirSync(config).map((file) => readFileSync(join(config, file), 'utf8'));
    const named = source.flatMap((text) => text.match(/\bGAFFER_[A-Z_]*[A-Z]\b/g) ?? []);
    const settings = new Set([
      ...named,
      ...providerNames.flatMap((name) => [keyVariable(name), addressVariable(name)]),
    ]);
    expect(settings.size).toBeGreaterThan(20);
    const passed = Object.keys(services['worker']!.environment!);
    expect(passed).toEqual(expect.arrayContaining([...settings].filter((name) => !ownOfContainer.includes(name))));
  });

  it('has PostgreSQL keep its data in the volume, whichever version runs', () => {
    for (const name of ['temporal-db', 'gaffer-db'])
      expect(services[name]!.environment).toMatchObject({ PGDATA: '/var/lib/postgresql/data' });
  });

  it('opens no port but on this machine, and none of a database unless it is asked for', () => {
    const open = (file: string) => Object.entries(compose(file).services).filter(([, { ports }]) => ports);
    expect(open('docker-compose.yml').map(([name]) => name)).toEqual(['temporal', 'temporal-ui', 'service']);
    expect(open('docker/host-database.yml').map(([name]) => name)).toEqual(['gaffer-db']);
    for (const file of ['docker-compose.yml', 'docker/host-database.yml'])
      for (const [, { ports }] of open(file)) expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)]);
  });

  it('has a service that is asked whether it is ready, has all that workers have, and is found where Prometheus looks', () => {
    const { environment, ports, healthcheck, command } = services['service']!;
    expect(environment).toEqual(services['worker']!.environment);
    expect(healthcheck!.test.join(' ')).toContain('http://127.0.0.1:7450/readyz');
    const prometheus = readFileSync(join(root, 'docker/prometheus.yml'), 'utf8');
    expect(prometheus).toContain("targets: ['service:7450']");
    expect(command).toEqual(expect.arrayContaining(['serve', '--no-worker', '0.0.0.0', 'http://service:7450']));
    expect(ports).toEqual(['127.0.0.1:7450:7450']);
  });

  it('has runs take turns, as the embedded server does', () => {
    const dynamic = parse(readFileSync(join(root, 'docker/temporal/dynamic-config.yaml'), 'utf8')) as object;
    expect(dynamic).toMatchObject({ 'matching.enableFairness': [{ value: true }] });
  });
});
