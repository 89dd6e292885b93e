/** Names and words of gRPC's codes as the SDK's native part writes them, which gives errors as text alone. */
const codes: readonly (readonly [code: number, name: string, words: string])[] = [
  [1, 'Cancelled', 'The operation was cancelled'],
  [3, 'InvalidArgument', 'Client specified an invalid argument'],
  [4, 'DeadlineExceeded', 'Deadline expired before operation could complete'],
  [5, 'NotFound', 'Some requested entity was not found'],
  [7, 'PermissionDenied', 'The caller does not have permission to execute the specified operation'],
  [8, 'ResourceExhausted', 'Some resource has been exhausted'],
  [12, 'Unimplemented', 'Operation is not implemented or not supported'],
  [14, 'Unavailable', 'The service is currently unavailable'],
  [16, 'Unauthenticated', 'The request does not have valid authentication credentials'],
];
const status = /\bcode: (?:'([^']*)'|(\w+)), message: "((?:[^"\\]|\\.)*)"/;

/** What a server answered to a worker's connection; null where the text tells of none. */
export function nativeStatus(text: string): { code: number; details: string } | null {
  const [, words, name, message = ''] = status.exec(text) ?? [];
  const code = codes.find((one) => one[1] === name || one[2] === words)?.[0];
  return code === undefined ? null : { code, details: message.replaceAll(/\\(["'\\])/g, '$1') };
}
