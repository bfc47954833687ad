'use strict';

// Azurite, ended by whoever started it: the other end of stdin closes even when that process was killed.
process.stdin.on('end', () => {
  process.emit('message', 'shutdown');
  setTimeout(() => process.exit(0), 5000).unref();
}).resume();

// A Ctrl-C goes to every process of the terminal. It is meant for whoever started Azurite, and needs it until its end.
const once = process.once;
process.once = function (event, listener) {
  return event === 'SIGINT' ? this : once.call(this, event, listener);
};
process.on('SIGINT', () => {});

require('azurite/dist/src/blob/main.js');
