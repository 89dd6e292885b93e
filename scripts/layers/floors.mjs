import { rules } from './rules.mjs';

const table = 'scripts/layers/rules.mjs';
const verbs = { value: 'import', type: 'import a type from', lazy: 'load' };

/** Imports that go from one floor to another where they must not. */
export function floorBreaches({ path, imports }) {
  const floor = floorOf(path);
  const rule = rules[floor];
  if (!rule) return [`${path}:1: src/${floor} is no folder of the architecture: give it a rule in ${table}`];
  return imports.flatMap(({ line, kind, from, to }) => {
    const isAllowed = to === null ? isPackageAllowed(rule, from) : isFloorAllowed(rule, floor, to, kind);
    const name = to === null ? from : `src/${floorOf(to)}`;
    return isAllowed ? [] : [`${path}:${line}: ${floor} must not ${verbs[kind]} ${name} (${floor}: ${rule.reason})`];
  });
}

function isPackageAllowed({ packages = [] }, from) {
  return packages.some((pattern) => pattern.test(from));
}

function isFloorAllowed({ value = [], type = [], lazy = [] }, floor, to, kind) {
  const has = (names = []) => names.includes(floorOf(to)) || names.includes(to.replace(/^src\//, ''));
  if (floorOf(to) === floor || has(value)) return true;
  return (kind === 'type' && has(type)) || (kind === 'lazy' && has(lazy));
}

/** Imports, types included, that go up inside a floor. */
export function roomBreaches({ path, imports }) {
  const floor = floorOf(path);
  const order = rules[floor]?.rooms;
  if (!order) return [];
  const room = roomOf(path);
  const heightOf = (name) => order.findIndex((line) => line.split(' ').includes(name));
  if (heightOf(room) < 0)
    return [`${path}:1: ${floor}/${room} has no place in the order of rooms: give it one in ${table}`];
  return imports.flatMap(({ line, to }) => {
    if (to === null || floorOf(to) !== floor || roomOf(to) === room || heightOf(roomOf(to)) < heightOf(room)) return [];
    return [
      `${path}:${line}: ${nameOf(floor, room)} must not know ${nameOf(floor, roomOf(to))} (${order.join(' < ')})`,
    ];
  });
}

function nameOf(floor, room) {
  return room === '.' ? `the root of ${floor}` : `${floor}/${room}`;
}

function floorOf(path) {
  return path.split('/')[1];
}

function roomOf(path) {
  const [, , room, ...rest] = path.split('/');
  return rest.length > 0 ? room : '.';
}
