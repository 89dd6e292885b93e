// A process of a service that only delivers, from dist/: what is killed between a send and its record.
import { openPlace } from '../../../dist/client/connection/open-place.js';
import { deliverFrom } from '../../../dist/server/triggers/hook-access.js';

// The test holds the other end: when it dies, nothing stays behind.
process.stdin.resume().once('end', () => process.exit(1));
const { place, allow, pace } = JSON.parse(process.env.GAFFER_TEST_DELIVERER);
const session = await openPlace(place);
await deliverFrom(session, { allow }, { ...pace, logError: (error) => session.say(String(error)) });
process.stdout.write('ready\n');
