// A process that uses a gateway of a home, from dist/, for the test to kill.
import { useGateway } from '../../../dist/dev/gateway/use-gateway.js';

const [path, order] = process.argv.slice(2);
const use = await useGateway({ home: { path }, env: process.env, say: console.error, order: JSON.parse(order) });
await use.ready();
setInterval(() => undefined, 1000);
