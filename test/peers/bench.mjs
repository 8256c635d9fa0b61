// How fast @digitalbazaar's libraries sign and verify. test/bench starts this with one JSON document on standard input,
// {seconds, known: {url: document}, jobs: [{name, suite, alg, jwk, did, method, document, secured}]}, and reads a line of
// JSON per job: {name, secured, sign: {n, cpu}, verify: {n, cpu}}, cpu in microseconds of the whole process, all threads.
import {text} from 'node:stream/consumers';
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as eddsa} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {cryptosuite as ecdsa} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import {Ed25519VerificationKey2020} from '@digitalbazaar/ed25519-verification-key-2020';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';

const {seconds, known, jobs} = JSON.parse(await text(process.stdin));
const documents = new Map(Object.entries(known));

// The tag lets jsonld keep processed contexts from one call to the next; without it each call begins anew.
async function documentLoader(url) {
  if (!documents.has(url)) throw new Error('nothing is known of ' + url);
  return {contextUrl: null, documentUrl: url, document: documents.get(url), tag: 'static'};
}

async function suites({suite, alg, jwk, did, method}) {
  const multikey = alg === 'EdDSA' ? Ed25519Multikey : EcdsaMultikey;
  let key = await multikey.fromJwk({jwk, secretKey: true, id: method, controller: did});
  const old = suite === 'Ed25519Signature2020';
  if (old) key = await oldKey(key, jwk);
  const published = await key.export({publicKey: true, includeContext: true});
  documents.set(method, published);
  // The context of DIDs in front spares the library the framing of the document.
  documents.set(did, {'@context': ['https://www.w3.org/ns/did/v1', published['@context']], id: did,
    verificationMethod: [published], assertionMethod: [method]});
  if (old) return {signs: new Ed25519Signature2020({key}), verifies: new Ed25519Signature2020()};
  const cryptosuite = {'eddsa-rdfc-2022': eddsa, 'ecdsa-rdfc-2019': ecdsa}[suite];
  return {signs: new DataIntegrityProof({signer: key.signer(), cryptosuite}), verifies: new DataIntegrityProof({cryptosuite})};
}

// oldKey is the same key as an Ed25519VerificationKey2020, whose constructor takes it from its seed.
async function oldKey({id, controller}, jwk) {
  const key = await Ed25519VerificationKey2020.generate({seed: Buffer.from(jwk.d, 'base64url')});
  return Object.assign(key, {id, controller});
}

async function during(seconds, operation) {
  let n = 0;
  for (const end = performance.now() + seconds * 1000; performance.now() < end; n++) await operation();
  return n;
}

// timed counts what is done once the engine has compiled it, which takes a second or two.
async function timed(operation) {
  await during(Math.max(seconds, 1.5), operation);
  const before = process.cpuUsage();
  const n = await during(seconds, operation);
  const {user, system} = process.cpuUsage(before);
  return {n, cpu: user + system};
}

for (const job of jobs) {
  const {signs, verifies} = await suites(job);
  const sign = () => vc.issue({credential: {...job.document}, suite: signs, documentLoader}); // the proof is put into what is given
  const verify = async credential => {
    const result = await vc.verifyCredential({credential, suite: verifies, documentLoader, checkStatus: async () => ({verified: true})});
    if (!result.verified) throw new Error(`${job.name}: ` + JSON.stringify(result, (_, v) => v instanceof Error ? v.message : v));
  };
  await verify(job.secured); // what Chancery signed
  const secured = await sign();
  const answer = {name: job.name, secured, sign: await timed(sign), verify: await timed(() => verify(secured))};
  process.stdout.write(JSON.stringify(answer) + '\n');
}
