// Credo reads each message of samples.jsonl with the class of its type, and says whether it is valid; lists the types it
// has not.
//
//     npm install --ignore-scripts @credo-ts/core@0.6.3 @credo-ts/didcomm@0.6.3
//     node credo.mjs samples.jsonl
import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';

const load = name => import(pathToFileURL(createRequire(process.cwd() + '/').resolve(name)).href);
const didcomm = await load('@credo-ts/didcomm');
const {JsonTransformer} = await load('@credo-ts/core');
const kind = uri => {
  const [protocol, version, name] = uri.split('/').slice(-3);
  return [protocol, version.split('.')[0], name].join('/').replaceAll('_', '-');
};
const classes = new Map();
for (const value of Object.values(didcomm)) {
  if (typeof value === 'function' && value.type?.messageTypeUri) classes.set(kind(value.type.messageTypeUri), value);
}
for (const line of readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const message = JSON.parse(line);
  const type = classes.get(kind(message['@type']));
  if (!type) {
    console.log('not in Credo:', message['@type']);
    continue;
  }
  try {
    JsonTransformer.fromJSON(message, type);
    console.log('ok', message['@type']);
  } catch (error) {
    console.log('refused', message['@type'], error.message);
    process.exitCode = 1;
  }
}
