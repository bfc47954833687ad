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

// As in Azure there is an account for whoever asks: all of them, with one key. AZURITE_ACCOUNTS would need their names before.
const accounts = require('azurite/dist/src/common/AccountDataStore').default;
const key1 = Buffer.from(process.env.KVSTORE_AZURITE_KEY, 'base64');
accounts.prototype.getAccount = (name) => ({ name, key1 });

require('azurite/dist/src/blob/main.js');
