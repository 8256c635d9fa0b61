// Makes credo.json: DIDs of @credo-ts/core 0.6.3 for an agent's services, with the documents that it sends along.
//
//     npm install --ignore-scripts @credo-ts/core@0.6.3
//     node credo.mjs > credo.json
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {pathToFileURL} from 'node:url';

const core = dirname(createRequire(process.cwd() + '/').resolve('@credo-ts/core'));
const peer = name => import(pathToFileURL(join(core, 'modules/dids/methods/peer', name + '.mjs')).href);
const {JsonTransformer, Kms, DidKey} = await import(pathToFileURL(join(core, 'index.mjs')).href);
const {createPeerDidDocumentFromServices} = await peer('createPeerDidDocumentFromServices');
const {didDocumentJsonToNumAlgo1Did} = await peer('peerDidNumAlgo1');
const {didDocumentToNumAlgo2Did} = await peer('peerDidNumAlgo2');
const {didDocumentToNumAlgo4Did} = await peer('peerDidNumAlgo4');

const key = text => Kms.PublicJwk.fromFingerprint(text);
const recipient = 'z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V';
const mediator = 'z6MkgoLTnTypo3tDRwCkZXSccTPHRLhF4ZnjhueYAFpEX6vg';
const {didDocument} = createPeerDidDocumentFromServices([
  {id: '#inline-0', serviceEndpoint: 'http://127.0.0.1:8020', recipientKeys: [key(recipient)], routingKeys: [key(mediator)]},
], false);
const json = didDocument.toJSON();
const one = didDocumentJsonToNumAlgo1Did(json);
process.stdout.write(JSON.stringify({
  recipient, mediator,
  one, oneDocument: JSON.stringify({...json, id: one}),
  two: didDocumentToNumAlgo2Did(didDocument),
  four: didDocumentToNumAlgo4Did(didDocument).longFormDid,
}, null, 1) + '\n');
