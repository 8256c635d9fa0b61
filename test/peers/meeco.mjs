// Meeco's own SDKs, and the signing that Meeco's clients do beside them. meeco.go has the shapes.
import {createRequire} from 'node:module';
import {createPrivateKey, sign} from 'node:crypto';
import {createJWT, decodeJWT, EdDSASigner, ES256KSigner, ES256Signer} from 'did-jwt';
import {generate, name} from './dids.mjs';

// Both packages are CommonJS and say so nowhere, so an import of them fails.
const require = createRequire(import.meta.url);
const sdks = {
  vc: require('@meeco/vc-api-sdk'),
  did: require('@meeco/identity-network-api-sdk'),
};

const signers = {EdDSA: EdDSASigner, ES256: ES256Signer, ES256K: ES256KSigner};

// revive gives JSON the values it has no words for: {"$date": "…"} is a Date. At the top, null is an argument left out.
function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== 'object') return value;
  if ('$date' in value) return new Date(value.$date);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, revive(v)]));
}

// client is the class of an SDK that has the method.
function client(sdk, method) {
  const api = Object.entries(sdk).find(([k, v]) => k.endsWith('Api') && typeof v.prototype?.[method] === 'function');
  if (!api) throw new Error('no class of the SDK has ' + method);
  return api[1];
}

export const meeco = {
  // An answer that the SDK throws as an error is {refused: {status, body}}; whatever else it throws is ours.
  async 'meeco.call'({sdk, base, token, headers, method, args}) {
    const {Configuration, ResponseError} = sdks[sdk];
    const api = new (client(sdks[sdk], method))(new Configuration({basePath: base, accessToken: token || undefined, headers}));
    try {
      const value = await api[method](...(args ?? []).map(a => a === null ? undefined : revive(a)));
      return {value: value === undefined ? null : JSON.parse(JSON.stringify(value))};
    } catch (e) {
      if (!(e instanceof ResponseError)) throw e;
      return {refused: {status: e.response.status, body: await e.response.text()}};
    }
  },

  async 'meeco.key'({alg}) {
    const {privateJwk, jwk} = generate(alg);
    return {alg, privateJwk, jwk, ...name('key', jwk)};
  },

  // As Meeco's js-sdk signs what the platform left unsigned: header and payload as they are, but for alg and iss.
  async 'meeco.sign'({unsigned, issuer, key}) {
    const token = unsigned.replace(/\.$/, '');
    if (token.split('.').length !== 2) throw new Error('Credential already contains a signature');
    const {header, payload} = decodeJWT(token + '.unsigned');
    const signer = signers[key.alg](Buffer.from(key.privateJwk.d, 'base64url'));
    return {token: await createJWT(payload, {issuer, signer}, {...header, alg: key.alg})};
  },

  // The answer to signPayload of DID registration: the signature of a key over the bytes that the payload is base64 of.
  async 'meeco.proof'({payload, key}) {
    const digest = {EdDSA: null, ES256: 'sha256', ES256K: 'sha256', ES384: 'sha384'}[key.alg];
    const made = sign(digest, Buffer.from(payload, 'base64'),
      {key: createPrivateKey({key: key.privateJwk, format: 'jwk'}), dsaEncoding: 'ieee-p1363'});
    return {signature: made.toString('base64')};
  },
};
