// Of a service that listens on 127.0.0.1:7450, and is known as something else besides.

/** What else it is known by. */
export const publicUrls = ['https://gaffer.example', 'http://inside.example:8080'];

/** Hosts that are none of its own. */
export const foreignHosts = [
  ...['', ' ', 'localhost', '127.0.0.1', '[::1]', 'localhost:80', 'localhost:7451', 'localhost:07450'],
  ...['localhost.:7450', 'localhost:7450.', 'evil.example', 'evil.example:7450', 'localhost.evil.example:7450'],
  ...['127.0.0.1.evil.example:7450', '127.0.0.1.nip.io:7450', '127.1:7450', '127.0.0.2:7450', '2130706433:7450'],
  ...['0x7f000001:7450', '0177.0.0.1:7450', '0.0.0.0:7450', '[::]:7450', '[::ffff:127.0.0.1]:7450', '::1:7450'],
  ...[
    '[0:0:0:0:0:0:0:1]:7450',
    'user@localhost:7450',
    'localhost:7450@evil.example',
    'localhost:7450/',
    'localhost:7450?',
  ],
  ...[
    'localhost:7450#',
    'localhost,evil.example',
    'localhost:7450, localhost:7450',
    'gaffer.example:80',
    'gaffer.example:7450',
  ],
  ...[
    'www.gaffer.example',
    'gaffer.example.',
    'gaffer.example.evil',
    'xgaffer.example',
    'inside.example',
    'inside.example:80',
  ],
];

/** Origins of pages that are none of its own, where it is asked as `localhost:7450`. */
export const foreignOrigins = [
  ...['null', '', 'https://evil.example', 'http://evil.example:7450', 'http://localhost', 'http://localhost:80'],
  ...[
    'http://localhost:7451',
    'https://localhost:7450',
    'http://127.0.0.1:7450',
    'http://[::1]:7450',
    'http://localhost:7450/',
  ],
  ...['http://localhost:7450.evil.example', 'http://localhost.evil.example:7450', 'http://evil.example/localhost:7450'],
  ...[
    'http://localhost:7450@evil.example',
    'http://user@localhost:7450',
    'HTTP://localhost:7450',
    'http://LOCALHOST:7450',
  ],
  ...[
    'http://localhost.:7450',
    '//localhost:7450',
    'localhost:7450',
    'file://',
    'data:',
    'blob:http://localhost:7450/x',
  ],
  ...[
    'ftp://localhost:7450',
    'ws://localhost:7450',
    'chrome-extension://abcdefghijklmnop',
    'moz-extension://abc',
    'about:blank',
  ],
  ...[
    'https://gaffer.example',
    'http://gaffer.example',
    'http://inside.example:8080',
    '*',
    'http://*:7450',
    'http://localhost:*',
  ],
  ...[
    'http://localhost:7450, http://evil.example',
    'http://evil.example http://localhost:7450',
    'http://localhost:07450',
  ],
  ...['http://0.0.0.0:7450', 'http://127.0.0.2:7450', 'undefined'],
];
