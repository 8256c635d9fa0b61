// Embedded proofs by @digitalbazaar's libraries: Data Integrity and Ed25519Signature2020, offline.
import jsigs from 'jsonld-signatures';
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as eddsaRdfc2022} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {cryptosuite as ecdsaRdfc2019} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import {Ed25519VerificationKey2020} from '@digitalbazaar/ed25519-verification-key-2020';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';

const contexts = new Map();
const documents = new Map();

const cryptosuites = {'eddsa-rdfc-2022': eddsaRdfc2022, 'ecdsa-rdfc-2019': ecdsaRdfc2019};

// suiteOf gives a library's suite; signer is absent where it verifies.
function suiteOf(name, {signer, key, date} = {}) {
  if (name === 'Ed25519Signature2020') return new Ed25519Signature2020({key, date});
  if (!cryptosuites[name]) throw new Error('no such suite: ' + name);
  return new DataIntegrityProof({signer, date, cryptosuite: cryptosuites[name]});
}

// method is a did:key's one verification method, in the form that the suite asks for.
function method(did, suite) {
  const key = did.slice('did:key:'.length);
  const old = suite === 'Ed25519Signature2020';
  return {
    '@context': old ? 'https://w3id.org/security/suites/ed25519-2020/v1' : 'https://w3id.org/security/multikey/v1',
    id: `${did}#${key}`, type: old ? 'Ed25519VerificationKey2020' : 'Multikey', controller: did, publicKeyMultibase: key,
  };
}

const loader = suite => async url => {
  const answer = document => ({contextUrl: null, documentUrl: url, document});
  if (contexts.has(url)) return answer(contexts.get(url));
  const [did, fragment] = url.split('#');
  if (documents.has(did)) {
    const document = documents.get(did);
    if (!fragment) return answer(document);
    const found = document.verificationMethod.find(m => m.id === url);
    if (found) return answer({'@context': document['@context'], ...found});
  }
  if (did.startsWith('did:key:z')) {
    const key = method(did, suite);
    if (fragment) return answer(key);
    return answer({'@context': ['https://www.w3.org/ns/did/v1', key['@context']], id: did, verificationMethod: [key],
      assertionMethod: [key.id], authentication: [key.id]});
  }
  throw new Error('nothing is known of ' + url);
};

const told = ({error, results}) => {
  const all = [error, ...(error?.errors ?? []), ...(results ?? []).map(r => r.error)].filter(Boolean);
  return new Error(all.map(e => e.message + (e.details ? ' ' + JSON.stringify(e.details) : '')).join('; '));
};

async function generate(suite, alg) {
  const pair = alg === 'EdDSA' && suite === 'Ed25519Signature2020' ? await Ed25519VerificationKey2020.generate()
    : alg === 'EdDSA' ? await Ed25519Multikey.generate()
      : await EcdsaMultikey.generate({curve: {ES256: 'P-256', ES384: 'P-384'}[alg]});
  const {publicKeyMultibase} = await pair.export({publicKey: true});
  pair.controller = 'did:key:' + publicKeyMultibase;
  pair.id = pair.controller + '#' + publicKeyMultibase;
  return pair;
}

const checkStatus = async () => ({verified: true}); // is checked elsewhere

export const ldp = {
  // know keeps contexts and DID documents for the calls that follow.
  async 'ldp.know'({contexts: more = {}, documents: dids = []}) {
    for (const [url, document] of Object.entries(more)) contexts.set(url, document);
    for (const document of dids) documents.set(document.id, document);
    return {};
  },

  async 'ldp.verify'({document, suite: name, presentation, challenge, domain, now, credentialSuite}) {
    const suite = [suiteOf(name), ...(credentialSuite && credentialSuite !== name ? [suiteOf(credentialSuite)] : [])];
    const common = {suite, documentLoader: loader(name), checkStatus, now: now ? new Date(now) : undefined};
    const result = presentation ? await vc.verify({...common, presentation: document, challenge, domain})
      : await vc.verifyCredential({...common, credential: document});
    if (!result.verified) throw told(result);
    return {};
  },

  // verifyProof judges the proof alone: many documents a second.
  async 'ldp.verifyProofs'({documents: all, suite: name}) {
    const verified = [];
    for (const document of all) {
      const result = await jsigs.verify(document, {
        suite: suiteOf(name), purpose: new jsigs.purposes.AssertionProofPurpose(), documentLoader: loader(name),
      }).catch(() => ({verified: false}));
      verified.push(result.verified);
    }
    return {verified};
  },

  // sign makes a credential, or presentation, under a fresh key, whose DID is written where the document says "$DID".
  async 'ldp.sign'({document, suite: name, alg, presentation, challenge, domain, date}) {
    const key = await generate(name, alg);
    const suite = suiteOf(name, {signer: name === 'Ed25519Signature2020' ? undefined : key.signer(), key, date});
    const filled = JSON.parse(JSON.stringify(document, (_, v) => v === '$DID' ? key.controller : v));
    const common = {suite, documentLoader: loader(name)};
    const signed = presentation ? await vc.signPresentation({...common, presentation: filled, challenge, domain})
      : await vc.issue({...common, credential: filled, now: date ? new Date(date) : undefined});
    return {document: signed, did: key.controller, kid: key.id};
  },
};
