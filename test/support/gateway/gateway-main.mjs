// A gateway in a process of its own, from dist/: what tests kill. Its settings come as JSON in the environment.
import { startGateway } from '../../../dist/gateway/start-gateway.js';

// The test holds the other end: when it dies, nothing stays behind.
process.stdin.resume().once('end', () => process.exit(1));
const say = (line) => process.stderr.write(`${line}\n`);
const gateway = await startGateway({ ...JSON.parse(process.env.GAFFER_TEST_GATEWAY), say });
process.stdout.write(`${JSON.stringify({ url: gateway.url, socket: gateway.socket })}\n`);
