// A wallet for Empe's API, written from its documentation: did-jwt signs, jose reads, fetch sends, and a QR decoder scans.
// empe.go has the shapes.
import {bytesToHex, createJWT, decodeJWT, EdDSASigner, ES256KSigner, ES256Signer, toEthereumAddress} from 'did-jwt';
import * as jose from 'jose';
import jsonld from 'jsonld';
import jsQR from 'jsqr';
import {createHash, createPublicKey, randomBytes, verify} from 'node:crypto';
import {PNG} from 'pngjs';
import {generate, name} from './dids.mjs';

const signers = {EdDSA: EdDSASigner, ES256: ES256Signer, ES256K: ES256KSigner};

// A did:empe is the address of its first key: the last 20 bytes of the Keccak-256 of its point.
function nameEmpe(network, jwk) {
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(jwk.x, 'base64url'), Buffer.from(jwk.y, 'base64url')]);
  const did = `did:empe:${network ? network + ':' : ''}${toEthereumAddress(bytesToHex(point)).slice(2)}`;
  return {did, kid: did + '#0'};
}

const random = () => randomBytes(24).toString('base64url'); // 32 characters

// present signs a presentation: what is not wanted in it is left out, or said otherwise.
function present({key, nonce, audience, credentials, holder, now, claims, header}) {
  const vp = {'@context': ['https://www.w3.org/2018/credentials/v1'], type: ['VerifiablePresentation'], holder: holder ?? key.did};
  if (credentials) vp.verifiableCredential = credentials;
  const signer = signers[key.alg](Buffer.from(key.privateJwk.d, 'base64url'));
  const payload = {vp, nonce, aud: audience, jti: 'urn:uuid:' + crypto.randomUUID(), ...(now && {iat: now}), ...claims};
  return createJWT(payload, {issuer: holder ?? key.did, signer, alg: key.alg}, {alg: key.alg, typ: 'JWT', kid: key.kid, ...header});
}

// asked sends JSON and gives the answer with its status; a wallet that gets anything but what it expects stops.
async function asked(method, url, {body, token, expect, form} = {}) {
  const headers = {accept: 'application/json'};
  if (token) headers.authorization = 'Bearer ' + token;
  if (body) headers['content-type'] = 'application/json';
  const answer = await fetch(url, {method, headers, body: form ? new URLSearchParams(form) : body && JSON.stringify(body), redirect: 'error'});
  const text = await answer.text();
  if (answer.status !== expect) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

// login proves a DID to an issuer and gets its token: authorization, presentation, code, token.
async function login({issuer, key, now}) {
  const meta = await asked('GET', issuer + '/.well-known/openid-credential-issuer', {expect: 200});
  if (meta.credential_issuer !== issuer) throw new Error('the metadata is of ' + meta.credential_issuer);
  if (!meta.proof_types_supported.jwt.proof_signing_alg_values_supported.includes(key.alg)) throw new Error('the issuer takes no ' + key.alg);
  const state = random(), nonce = random();
  const request = await asked('POST', meta.authorize_endpoint, {body: {state, nonce}, expect: 201});
  if (request.state !== state || request.nonce !== nonce || request.used || request.code) throw new Error('not what was asked: ' + JSON.stringify(request));
  const vp = await present({key, nonce, audience: issuer, now});
  const valid = await asked('POST', `${meta.authorize_endpoint}/${request.id}/validate`, {body: {vp_token: vp, state}, expect: 200});
  if (valid.holder_did !== key.did) throw new Error('the holder is ' + valid.holder_did);
  const token = await asked('POST', meta.token_endpoint, {body: {authorization_code: valid.code}, expect: 201});
  const claims = decodeJWT(token.access_token).payload;
  return {token: token.access_token, type: token.token_type, expires: token.expires_in, claims, meta, code: valid.code, request: request.id};
}

export const empe = {
  // What a phone sees in a picture of a QR code.
  qr({png}) {
    const {data, width, height} = PNG.sync.read(Buffer.from(png, 'base64'));
    const code = jsQR(new Uint8ClampedArray(data), width, height);
    if (!code) throw new Error('there is no QR code in the picture');
    return {text: code.data};
  },

  'empe.key'({alg, method = 'empe', network = ''}) {
    const {privateJwk, jwk} = generate(alg);
    return {alg, privateJwk, jwk, ...(method === 'empe' ? nameEmpe(network, jwk) : name(method, jwk))};
  },

  async 'empe.present'(args) {
    return {vp: await present(args)};
  },

  // A token of the key's owner, whatever it says: a credential of another issuer, a link to a domain.
  async 'empe.sign'({key, payload, header}) {
    const signer = signers[key.alg](Buffer.from(key.privateJwk.d, 'base64url'));
    return {token: await createJWT(payload, {issuer: key.did, signer, alg: key.alg}, {alg: key.alg, typ: 'JWT', kid: key.kid, ...header})};
  },

  async 'empe.login'(args) {
    return login(args);
  },

  // logins is many wallets' logins, for those that come at once.
  async 'empe.logins'({issuer, keys}) {
    const tokens = [];
    for (let i = 0; i < keys.length; i += 10) {
      tokens.push(...await Promise.all(keys.slice(i, i + 10).map(async key => (await login({issuer, key})).token)));
    }
    return {tokens};
  },

  // A wallet scans an offering's QR code, logs in at its issuer, claims, and reads what it got.
  async 'empe.claim'({scanned, key, jwks}) {
    const code = JSON.parse(scanned);
    if (code.type !== 'credential_offering') throw new Error('scanned: ' + code.type);
    const offering = await asked('GET', code.offering_full_url, {expect: 200});
    if (offering.id !== code.offering_id || offering.credential_issuer !== code.credential_issuer) throw new Error('another offering');
    const {token, type, expires, claims, meta} = await login({issuer: offering.credential_issuer, key});
    const {payload} = await jose.jwtVerify(token, jose.createRemoteJWKSet(new URL(jwks)), {issuer: offering.credential_issuer, subject: key.did, audience: offering.credential_issuer});
    const got = await asked('POST', `${meta.offering_endpoint}/${offering.id}/claim`, {token, expect: 200});
    const read = await asked('GET', `${offering.credential_issuer}/api/v1/credentials/${got.id}`, {token, expect: 200});
    return {offering, token, type, expires, claims: payload ?? claims, meta, id: got.id, vc: got.vc, read: read.vc};
  },

  // EcdsaSecp256k1Signature2019 taken apart by jsonld and node: the detached JWS is over the hashes of proof and document.
  async 'empe.verify2019'({document, jwk, contexts}) {
    const {proof, ...unsigned} = document;
    const {jws, ...options} = proof;
    const documentLoader = async url => {
      if (!contexts[url]) throw new Error('nothing is known of ' + url);
      return {contextUrl: null, documentUrl: url, document: contexts[url]};
    };
    const hash = async d => createHash('sha256').update(await jsonld.canonize(d, {algorithm: 'RDFC-1.0', safe: true, documentLoader})).digest();
    const hashes = Buffer.concat([await hash({'@context': document['@context'], ...options}), await hash(unsigned)]);
    const [header, payload, signature] = jws.split('.');
    const said = JSON.parse(Buffer.from(header, 'base64url'));
    if (said.alg !== 'ES256K' || said.b64 !== false || payload !== '') throw new Error('the header is ' + JSON.stringify(said));
    const key = {key: createPublicKey({key: jwk, format: 'jwk'}), dsaEncoding: 'ieee-p1363'};
    if (!verify('sha256', Buffer.concat([Buffer.from(header + '.'), hashes]), key, Buffer.from(signature, 'base64url'))) throw new Error('the signature is another\'s');
    return {};
  },

  // A wallet scans a verifier's QR code and answers with the credentials.
  async 'empe.answer'({scanned, key, credentials, submission}) {
    const code = JSON.parse(scanned);
    if (code.type !== 'authorization_request') throw new Error('scanned: ' + code.type);
    const request = await asked('GET', code.request_uri, {expect: 200});
    if (request.response_type !== 'vp_token' || request.response_mode !== 'direct_post') throw new Error('asked for ' + request.response_type);
    const vp_token = await present({key, nonce: request.nonce, audience: request.client_id, credentials});
    const {input_descriptors: [descriptor], id} = request.presentation_definition;
    const presentation_submission = JSON.stringify({id: crypto.randomUUID(), definition_id: id, descriptor_map: [{
      id: descriptor.id, format: 'jwt_vp', path: '$',
      path_nested: {id: descriptor.id, format: 'ldp_vc', path: '$.vp.verifiableCredential[0]'},
    }], ...submission});
    const answer = await asked('POST', request.response_uri, {form: {vp_token, presentation_submission, state: request.state}, expect: 200});
    return {request, answer};
  },
};
