// The SDK requires this by its path, outside of workflows: messages and stack traces go where payloads go, and are encrypted there.
const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
