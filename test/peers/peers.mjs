// Libraries of other people behind JSON lines: one request {"id","op","args"} a line on standard input, one answer
// {"id","ok"} or {"id","error"} a line on standard output, in order. peers.go has the shapes of args and answers.
import {createInterface} from 'node:readline';
import {decodeList, checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {Bitstring} from '@digitalbazaar/bitstring';
import {createVerifiableCredentialJwt, createVerifiablePresentationJwt, normalizeCredential, verifyCredential, verifyPresentation} from 'did-jwt-vc';
import {EdDSASigner, ES256KSigner, ES256Signer} from 'did-jwt';
import * as jose from 'jose';
import {cheqd} from './cheqd.mjs';
import {generate, name, resolver} from './dids.mjs';
import {empe} from './empe.mjs';
import {ldp} from './ldp.mjs';
import {meeco} from './meeco.mjs';
import {webhooks} from './webhooks.mjs';

const signers = {EdDSA: EdDSASigner, ES256: ES256Signer, ES256K: ES256KSigner};

// fill puts the DID and verification method id of a fresh key where a payload says "$DID" and "$KID".
const fill = (value, {did, kid}) => value === undefined ? {}
  : JSON.parse(JSON.stringify(value, (_, v) => v === '$DID' ? did : v === '$KID' ? kid : v));

async function bits(encodedList) {
  // Bitstring Status List 1.0 §3.2: multibase, "u" for base64url; StatusList2021 has no prefix.
  const encoded = encodedList.startsWith('u') ? encodedList.slice(1) : encodedList;
  return new Bitstring({buffer: await Bitstring.decodeBits({encoded})});
}

function positions(bitstring) {
  const set = [];
  for (let i = 0; i < bitstring.length; i++) if (bitstring.get(i)) set.push(i);
  return set;
}

// sign has did-jwt-vc make a token under a fresh key.
async function sign(create, {alg, payload, header, did = 'key', options}) {
  if (!signers[alg]) throw new Error('did-jwt-vc has no ' + alg);
  const {privateJwk, jwk} = generate(alg);
  const names = name(did, jwk);
  const signer = signers[alg](Buffer.from(privateJwk.d, 'base64url'));
  const token = await create(fill(payload, names), {did: names.did, signer, alg},
    {...options, header: {kid: names.kid, ...fill(header, names)}});
  const {didDocument} = await resolver().resolve(names.did);
  return {token, jwk, ...names, document: didDocument};
}

const ops = {
  ...cheqd,
  ...empe,
  ...ldp,
  ...meeco,
  ...webhooks,

  async 'jose.verifyCompact'({token, jwk, claims}) {
    const key = await jose.importJWK(jwk, jose.decodeProtectedHeader(token).alg);
    if (claims) {
      const options = claims.currentDate ? {...claims, currentDate: new Date(claims.currentDate)} : claims;
      const {payload, protectedHeader} = await jose.jwtVerify(token, key, options);
      return {header: protectedHeader, payload};
    }
    const {payload, protectedHeader} = await jose.compactVerify(token, key);
    return {header: protectedHeader, payload: JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(payload))};
  },

  async 'jose.signVC'({payload, header, alg, did = 'key'}) {
    const {privateJwk, jwk} = generate(alg);
    const names = name(did, jwk);
    const token = await new jose.CompactSign(new TextEncoder().encode(JSON.stringify(fill(payload, names))))
      .setProtectedHeader({...fill(header, names), alg})
      .sign(await jose.importJWK(privateJwk, alg));
    return {token, jwk, ...names};
  },

  async 'jose.thumbprint'({jwk}) {
    return {thumbprint: await jose.calculateJwkThumbprint(jwk)};
  },

  async 'didjwtvc.verify'({token, documents, options, presentation}) {
    const verify = presentation ? verifyPresentation : verifyCredential;
    const answer = await verify(token, resolver(documents), {proofPurpose: 'assertionMethod', ...options});
    return {issuer: answer.issuer, payload: answer.payload, signer: answer.signer.id,
      credential: answer.verifiableCredential ?? answer.verifiablePresentation};
  },

  'didjwtvc.normalize': ({credential}) => ({credential: normalizeCredential(credential)}),

  'didjwtvc.issue': args => sign(createVerifiableCredentialJwt, args),

  'didjwtvc.present': args => sign(createVerifiablePresentationJwt, args),

  async 'did.resolve'({did}) {
    const {didDocument, didResolutionMetadata} = await resolver().resolve(did);
    if (!didDocument) throw new Error(didResolutionMetadata.message);
    return {document: didDocument};
  },

  async 'bitstring.decode'({encodedList}) {
    const bitstring = await bits(encodedList);
    return {length: bitstring.length, set: positions(bitstring)};
  },

  async 'bitstring.encode'({length, set, multibase = true}) {
    const bitstring = new Bitstring({length});
    for (const i of set ?? []) bitstring.set(i, true);
    return {encodedList: (multibase ? 'u' : '') + await bitstring.encodeBits()};
  },

  async 'statuslist.read'({credential, index}) {
    const {encodedList, statusPurpose} = credential.credentialSubject;
    const list = await decodeList({encodedList});
    return {status: list.getStatus(index), length: list.length, purpose: statusPurpose};
  },

  // lists are status list credentials by their URL, taken as already verified: this peer knows no JWT.
  async 'statuslist.check'({credential, lists}) {
    const {verified, results, error} = await checkStatus({
      credential, verifyBitstringStatusListCredential: false,
      documentLoader: async url => {
        if (!lists[url]) throw new Error('no list was given for ' + url);
        return {documentUrl: url, document: lists[url]};
      },
    });
    if (error) throw error;
    return {verified, statuses: results.map(r => ({purpose: r.credentialStatus.statusPurpose, status: r.status}))};
  },
};

for await (const line of createInterface({input: process.stdin, crlfDelay: Infinity})) {
  if (line.trim() === '') continue;
  let id = null;
  let answer;
  try {
    const request = JSON.parse(line);
    id = request.id;
    if (!Object.hasOwn(ops, request.op)) throw new Error('no such op: ' + request.op);
    answer = {id, ok: await ops[request.op](request.args ?? {})};
  } catch (e) {
    answer = {id, error: String(e?.message ?? e)};
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
