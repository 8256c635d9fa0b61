// The documents of JSON-LD that a Credo agent may read: its own contexts, those that this project ships, and DIDs.
import {readFileSync} from 'node:fs';
import {DidResolverService, JsonTransformer} from '@credo-ts/core';
import {DEFAULT_CONTEXTS} from './node_modules/@credo-ts/core/build/modules/vc/data-integrity/libraries/contexts/defaultContexts.mjs';

const shipped = {
  'https://w3id.org/citizenship/v1': 'citizenship-v1',
  'https://w3id.org/security/suites/ed25519-2020/v1': 'ed25519-2020-v1',
  'https://w3id.org/vc/status-list/2021/v1': 'status-list-2021-v1',
};
const folder = new URL('../../../spec/ldcontext/known/', import.meta.url);
const read = name => JSON.parse(readFileSync(new URL(name + '.jsonld', folder), 'utf8'));

export const documentLoader = context => async url => {
  const answer = document => ({contextUrl: null, documentUrl: url, document});
  const bare = url.split('#')[0];
  if (DEFAULT_CONTEXTS[url] ?? DEFAULT_CONTEXTS[bare]) return answer(DEFAULT_CONTEXTS[url] ?? DEFAULT_CONTEXTS[bare]);
  if (shipped[url]) return answer(read(shipped[url]));
  if (!url.startsWith('did:')) throw new Error(`${url} is not read over the network`);
  const {didDocument, didResolutionMetadata} = await context.dependencyManager.resolve(DidResolverService).resolve(context, bare);
  if (!didDocument) throw new Error(`${url}: ${didResolutionMetadata.error}`);
  const document = didDocument.toJSON();
  if (url === bare) return answer(document);
  const method = JsonTransformer.toJSON(didDocument.dereferenceVerificationMethod(url));
  return answer({'@context': document['@context'], ...method});
};
