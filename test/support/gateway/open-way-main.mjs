// Opens a way to a gateway, from dist/: what a test kills. Says where its socket is.
import { openWay } from '../../../dist/dev/gateway/way-to-gateway.js';

const { socket } = await openWay('unix:/nowhere');
process.stdout.write(`${socket}\n`);
setInterval(() => undefined, 1000);
