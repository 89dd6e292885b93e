import type { GatewaySettings } from '../../src/gateway/gateway.ts';
import { startGateway } from '../../src/gateway/start-gateway.ts';

// A gateway as `gaffer gateway` starts it.

const settings = JSON.parse(process.argv[2]!) as Omit<GatewaySettings, 'say'>;
const gateway = await startGateway({ ...settings, say: (line) => process.stderr.write(`${line}\n`) });
process.once('disconnect', () => void gateway.close(0).then(() => process.exit(0)));
process.send!({ url: gateway.url });
