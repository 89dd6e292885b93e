/*
 * What the kernel refuses to a sandboxed command, beside what namespaces and missing capabilities refuse already:
 * Q1 No key of the user's keyrings: they belong to the account and the login, and no namespace hides them.
 * Q2 No setuid or setgid bit on a file, by whichever call: outside, it would work.
 * Q3 No memory that nobody counts: neither a file system, nor a process, has it on its account (see process-usage.ts).
 * Q4 No other namespace, mount or way around this filter (io_uring does what it is told past every filter).
 * Q5 No socket that is not bound to the namespace's own network: a vsock reaches the host of a virtual machine.
 */

/** A condition on an argument, of which the low 32 bits are looked at. */
export type Check =
  | { argument: number; anyBit: number }
  | { argument: number; oneOf: readonly number[] }
  | { argument: number; noneOf: readonly number[] }
  /** The whole 64 bits, unsigned. */
  | { argument: number; above: number };

/** A system call that fails with `error` when all checks hold. A number is null where a machine has no such call. */
export interface RefusedCall {
  x64: number | null;
  arm64: number | null;
  error: number;
  checks?: readonly Check[];
}

const EPERM = 1;
const ENOMEM = 12;
const EINVAL = 22;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

const setIdBits = 0o6000;
const makesFile = 0o100 | 0o20000000; // O_CREAT, O_TMPFILE
const newNamespaces = 0x7e020000;
const newTimeNamespace = 0x80;
const families = [1, 2, 10, 16]; // unix, inet, inet6, netlink
const typeIntoTerminal = [0x5412, 0x541c]; // TIOCSTI, TIOCLINUX
const hugePages = 0x40000;
const maxSharedSegment = 64 * 1024;

const call = (x64: number | null, arm64: number | null, error = EPERM, ...checks: Check[]): RefusedCall => ({
  x64,
  arm64,
  error,
  checks,
});
const onBoth = (number: number, error = EPERM): RefusedCall => call(number, number, error);
const mode = (argument: number): Check => ({ argument, anyBit: setIdBits });
const creating = (argument: number): Check => ({ argument, anyBit: makesFile });

/** By name; programs that look for a newer call and get ENOSYS take the older one, which can be looked into. */
export const refusedCalls: Readonly<Record<string, RefusedCall>> = {
  // Q1
  add_key: call(248, 217),
  request_key: call(249, 218),
  keyctl: call(250, 219),
  // Q2
  chmod: call(90, null, EPERM, mode(1)),
  fchmod: call(91, 52, EPERM, mode(1)),
  fchmodat: call(268, 53, EPERM, mode(2)),
  fchmodat2: call(452, 452, EPERM, mode(2)),
  creat: call(85, null, EPERM, mode(1)),
  open: call(2, null, EPERM, creating(1), mode(2)),
  openat: call(257, 56, EPERM, creating(2), mode(3)),
  openat2: onBoth(437, ENOSYS),
  mknod: call(133, null, EPERM, mode(1)),
  mknodat: call(259, 33, EPERM, mode(2)),
  // Q3
  memfd_create: call(319, 279, ENOSYS),
  memfd_secret: onBoth(447, ENOSYS),
  shmget: call(29, 194, EINVAL, { argument: 1, above: maxSharedSegment }),
  mmap: call(9, 222, ENOMEM, { argument: 3, anyBit: hugePages }),
  // Q4
  unshare: call(272, 97, EPERM, { argument: 0, anyBit: newNamespaces | newTimeNamespace }),
  clone: call(56, 220, EPERM, { argument: 0, anyBit: newNamespaces }),
  clone3: onBoth(435, ENOSYS),
  setns: call(308, 268),
  mount: call(165, 40),
  umount2: call(166, 39),
  pivot_root: call(155, 41),
  chroot: call(161, 51),
  open_tree: onBoth(428),
  move_mount: onBoth(429),
  fsopen: onBoth(430),
  fsconfig: onBoth(431),
  fsmount: onBoth(432),
  fspick: onBoth(433),
  mount_setattr: onBoth(442),
  open_tree_attr: onBoth(467),
  open_by_handle_at: call(304, 265),
  io_uring_setup: onBoth(425, ENOSYS),
  io_uring_enter: onBoth(426, ENOSYS),
  io_uring_register: onBoth(427, ENOSYS),
  bpf: call(321, 280),
  perf_event_open: call(298, 241),
  userfaultfd: call(323, 282),
  ioctl: call(16, 29, EPERM, { argument: 1, oneOf: typeIntoTerminal }),
  init_module: call(175, 105),
  finit_module: call(313, 273),
  delete_module: call(176, 106),
  kexec_load: call(246, 104),
  kexec_file_load: call(320, 294),
  reboot: call(169, 142),
  swapon: call(167, 224),
  swapoff: call(168, 225),
  acct: call(163, 89),
  syslog: call(103, 116),
  quotactl: call(179, 60),
  quotactl_fd: onBoth(443),
  settimeofday: call(164, 170),
  clock_settime: call(227, 112),
  vhangup: call(153, 58),
  iopl: call(172, null),
  ioperm: call(173, null),
  // Q5
  socket: call(41, 198, EAFNOSUPPORT, { argument: 0, noneOf: families }),
};
