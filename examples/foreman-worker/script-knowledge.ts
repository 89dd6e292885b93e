/** What the scripted agents of this example know: which issues there are, how each is fixed, and the page that they read. */

/** An issue to create. */
export interface Draft {
  [field: string]: string | number | string[];
  title: string;
  description: string;
  priority: number;
  labels: string[];
}

/** One place of a file to change. */
export interface Edit {
  path: string;
  before: string;
  after: string;
}

/** How a coding issue is fixed, found by the test that its description names. */
export interface Job {
  test: string;
  reads: string[];
  /** null: without an answer it cannot be said. */
  edits(answer: string | undefined): Edit[] | null;
  /** Asked when there are no edits without an answer. */
  question: string;
  result: string;
}

/** Title of the research issue; coding workers leave it alone. */
export const researchTitle = 'Research: what makes a password reset link safe';

/** Where the research worker writes. */
export const notesFile = 'docs/research.md';

/** The coding issues. */
export const drafts = {
  login: {
    title: 'Sign in: capital letters in the address turn customers away',
    description:
      'The test "capital letters and blanks around the address do not matter" in test/login.test.js fails. Look at src/accounts.js and src/login.js. Done when that test file passes.',
    priority: 1,
    labels: ['coding'],
  },
  report: {
    title: 'Order report: one query for every order',
    description:
      'The test "the report takes two queries, however many orders there are" in test/order-report.test.js fails. Look at src/order-report.js and at what src/database.js offers. Done when that test file passes.',
    priority: 2,
    labels: ['coding'],
  },
  reset: {
    title: 'Password reset: links work for ever',
    description:
      'The test "a reset link stops working when its time is up" in test/password-reset.test.js fails. Look at src/password-reset.js and src/settings.js. Done when that test file passes.',
    priority: 1,
    labels: ['coding'],
  },
} satisfies Record<string, Draft>;

/** How the coding issues are fixed. */
export const jobs: Job[] = [
  {
    test: 'test/login.test.js',
    reads: ['src/accounts.js', 'src/login.js'],
    edits: () => [
      {
        path: 'src/accounts.js',
        before: "  return database.find('accounts', (account) => account.email === email)[0];",
        after:
          "  const address = email.trim().toLowerCase();\n  return database.find('accounts', (account) => account.email === address)[0];",
      },
    ],
    question: 'How shall addresses be compared?',
    result:
      'Addresses were stored in small letters but looked up as typed; findAccount now brings them into the same form.',
  },
  {
    test: 'test/order-report.test.js',
    reads: ['src/order-report.js', 'src/database.js'],
    edits: () => [
      {
        path: 'src/order-report.js',
        before:
          "  return database.find('orders').map((order) => {\n    const customer = database.findById('customers', order.customerId);",
        after:
          "  const orders = database.find('orders');\n  const ids = orders.map((order) => order.customerId);\n  const customers = new Map(database.findByIds('customers', ids).map((customer) => [customer.id, customer]));\n  return orders.map((order) => {\n    const customer = customers.get(order.customerId);",
      },
    ],
    question: 'How many queries may the report take?',
    result:
      'The customer was looked up once per order; all of them are read in one query now, two in the whole report.',
  },
  {
    test: 'test/password-reset.test.js',
    reads: ['src/password-reset.js', 'src/settings.js'],
    edits(answer) {
      const minutes = /(\d+) minutes/.exec(answer ?? '')?.[1];
      return minutes === undefined ? null : resetEdits(minutes);
    },
    question:
      'How many minutes shall a password reset link work? src/settings.js leaves it open and says not to guess; nothing else in the project says it.',
    result: 'Links had no end; they now stop working after settings.resetLinkMinutes, set to what was decided.',
  },
];

function resetEdits(minutes: string): Edit[] {
  const path = 'src/password-reset.js';
  return [
    {
      path: 'src/settings.js',
      before: "Not decided yet: the shop's owner has to say, so ask instead of guessing. */\n  resetLinkMinutes: null,",
      after: `Decided by the shop's owner. */\n  resetLinkMinutes: ${minutes},`,
    },
    {
      path,
      before: "import { findAccount, setPassword } from './accounts.js';\n",
      after: "import { findAccount, setPassword } from './accounts.js';\nimport { settings } from './settings.js';\n",
    },
    {
      path,
      before: "  database.remove('resets', reset.id);\n",
      after:
        "  database.remove('resets', reset.id);\n  if (now >= reset.requestedAt + settings.resetLinkMinutes * 60_000) return false;\n",
    },
  ];
}

/** The page that the scripted model serves for the research worker. */
export const page = `<!doctype html>
<html lang="en">
  <head><title>Safe password reset links</title></head>
  <body>
    <h1>Safe password reset links</h1>
    <p>A reset link is a spare key sent by post. These habits keep it from opening the door to somebody else.</p>
    <ul>
      <li>Let a link end after 15 to 60 minutes, and after its first use.</li>
      <li>Keep only a hash of the token, as with a password.</li>
      <li>Take the token from a source of randomness made for secrets, at least 128 bits.</li>
      <li>Answer the same, and as quickly, whether or not anybody has that address.</li>
      <li>Limit how often one address can ask.</li>
      <li>End all sessions of the account, and tell its owner that the password was changed.</li>
    </ul>
  </body>
</html>
`;
