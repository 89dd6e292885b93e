/** Where the document of the API says which scope a route asks for; the guard reads it there, so that both say the same. */
export const scopeKey = 'x-gaffer-scope';

/** Where it says whether a route changes something, where that is not as its method says. */
export const writesKey = 'x-gaffer-writes';
