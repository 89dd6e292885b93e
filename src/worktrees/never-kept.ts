/*
 * What nobody keeps or copies of a person's checkout, wherever it lies: keys, and Gaffer's own. Names alone count: to look into files would take
 * as long as copying them.
 */
const names: readonly string[] = [
  '.gaffer',
  // Settings of a place. Those that others are to copy hold no keys.
  ...['.env', '.env.*', '.envrc'],
  // Folders and files in which programs keep logins.
  ...['.aws', '.azure', '.boto', '.dockercfg', '.gcloud', '.git-credentials', '.gnupg', '.htpasswd', '.kube'],
  ...['.my.cnf', '.netrc', '_netrc', '.npmrc', '.pgpass', '.pypirc', '.s3cfg', '.ssh', '.vault-token'],
  ...['credentials.json', 'credentials.toml', 'credentials.xml', 'credentials.y*ml', 'client_secret*.json'],
  ...['secrets.json', 'secrets.toml', 'secrets.y*ml', 'service-account*.json', 'service_account*.json'],
  // Keys.
  ...['id_dsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk', 'id_rsa'],
  ...['*.pem', '*.key', '*.p12', '*.pfx', '*.ppk', '*.jks', '*.keystore', '*.kdbx'],
  // What Terraform knows of a place, passwords included.
  ...['.terraform', '*.tfstate', '*.tfstate.*', '*.tfvars'],
];

// The certificates that everybody trusts are a .pem, too.
const others: readonly string[] = [
  '.env.example',
  '.env.sample',
  '.env.template',
  '.env.dist',
  '.env.defaults',
  'cacert.pem',
];

// A folder of that name may be anything.
const files: readonly string[] = ['credentials'];

const isKey = toTest(names);
const isKeyFile = toTest(files);
const isOther = toTest(others);

/** The part of a path that is one of those, with what leads there; null: the path is none, and lies below none. A folder's ends in a slash. */
export function neverKeptPart(path: string): string | null {
  const parts = path.split('/');
  const last = parts.length - 1;
  const at = parts.findIndex(
    (part, index) => (isKey.test(part) && !isOther.test(part)) || (index === last && isKeyFile.test(part)),
  );
  return at === -1 ? null : parts.slice(0, at + 1).join('/');
}

function toTest(globs: readonly string[]): RegExp {
  const choices = globs.map((glob) => glob.replaceAll('.', '\\.').replaceAll('*', '.*'));
  return new RegExp(`^(?:${choices.join('|')})$`, 'i');
}
