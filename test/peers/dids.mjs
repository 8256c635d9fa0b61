// Keys and DIDs for the peers: fresh key pairs, did:key and did:jwk made and resolved without Chancery's code.
import {createPublicKey, generateKeyPairSync} from 'node:crypto';

// JOSE alg -> key pair parameters and multicodec prefix (varint) of the public key.
const curves = {
  EdDSA: {type: 'ed25519', crv: 'Ed25519', prefix: [0xed, 0x01]},
  ES256: {type: 'ec', options: {namedCurve: 'P-256'}, crv: 'P-256', prefix: [0x80, 0x24]},
  ES384: {type: 'ec', options: {namedCurve: 'P-384'}, crv: 'P-384', prefix: [0x81, 0x24]},
  ES256K: {type: 'ec', options: {namedCurve: 'secp256k1'}, crv: 'secp256k1', prefix: [0xe7, 0x01]},
};

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

function base58(bytes) {
  let n = BigInt('0x' + Buffer.from(bytes).toString('hex'));
  let text = '';
  for (; n > 0n; n /= 58n) text = alphabet[Number(n % 58n)] + text;
  for (const b of bytes) {
    if (b !== 0) break;
    text = '1' + text;
  }
  return text;
}

function fromBase58(text) {
  let n = 0n;
  for (const c of text) {
    const digit = alphabet.indexOf(c);
    if (digit < 0) throw new Error('not base58btc: ' + c);
    n = n * 58n + BigInt(digit);
  }
  const hex = n.toString(16);
  return Buffer.from(hex.length % 2 ? '0' + hex : hex, 'hex');
}

// generate gives a fresh key pair as JWKs.
export function generate(alg) {
  const curve = curves[alg];
  if (!curve) throw new Error('no such alg: ' + alg);
  const {privateKey, publicKey} = generateKeyPairSync(curve.type, curve.options);
  return {privateJwk: privateKey.export({format: 'jwk'}), jwk: publicKey.export({format: 'jwk'})};
}

function publicBytes(jwk) {
  const x = Buffer.from(jwk.x, 'base64url');
  if (jwk.kty === 'OKP') return x;
  const y = Buffer.from(jwk.y, 'base64url');
  return Buffer.concat([Buffer.from([2 + (y[y.length - 1] & 1)]), x]);
}

// name gives the DID and verification method id of a public key under the method "key" or "jwk".
export function name(method, jwk) {
  if (method === 'jwk') {
    const did = 'did:jwk:' + Buffer.from(JSON.stringify(jwk)).toString('base64url');
    return {did, kid: did + '#0'};
  }
  if (method === 'key') {
    const {prefix} = Object.values(curves).find(c => c.crv === jwk.crv);
    const key = 'z' + base58(Buffer.concat([Buffer.from(prefix), publicBytes(jwk)]));
    return {did: 'did:key:' + key, kid: `did:key:${key}#${key}`};
  }
  throw new Error('no such DID method: ' + method);
}

function document(did, kid, jwk) {
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/suites/jws-2020/v1'],
    id: did,
    verificationMethod: [{id: kid, type: 'JsonWebKey2020', controller: did, publicKeyJwk: jwk}],
    assertionMethod: [kid],
    authentication: [kid],
  };
}

// The curve's prime, a and b where y is recovered from a compressed point (SEC 1 §2.3.4).
const weierstrass = {
  'P-256': [2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n, -3n,
    0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn],
  'P-384': [2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n, -3n,
    0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn],
  secp256k1: [2n ** 256n - 2n ** 32n - 977n, 0n, 7n],
};

function decompress(crv, bytes) {
  const [p, a, b] = weierstrass[crv];
  const x = BigInt('0x' + bytes.subarray(1).toString('hex'));
  const square = (((x * x + a) * x + b) % p + p) % p;
  let y = 1n; // square^((p+1)/4), all three primes are 3 mod 4
  for (let e = (p + 1n) / 4n, base = square; e > 0n; e >>= 1n, base = base * base % p) {
    if (e & 1n) y = y * base % p;
  }
  if (y * y % p !== square) throw new Error('no point of the curve');
  if ((y & 1n) !== BigInt(bytes[0] & 1)) y = p - y;
  const hex = n => n.toString(16).padStart(2 * (bytes.length - 1), '0');
  const url = n => Buffer.from(hex(n), 'hex').toString('base64url');
  return {kty: 'EC', crv, x: url(x), y: url(y)};
}

function resolveKey(did) {
  const key = did.slice('did:key:'.length);
  if (key[0] !== 'z') throw new Error('not multibase base58btc');
  const bytes = fromBase58(key.slice(1));
  const curve = Object.values(curves).find(c => c.prefix.every((b, i) => bytes[i] === b));
  if (!curve) throw new Error('no such key type in ' + did);
  const raw = bytes.subarray(curve.prefix.length);
  const jwk = curve.type === 'ed25519'
    ? {kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url')} : decompress(curve.crv, raw);
  createPublicKey({key: jwk, format: 'jwk'}); // throws where it is not a key
  return document(did, `${did}#${key}`, jwk);
}

function resolveJwk(did) {
  const jwk = JSON.parse(Buffer.from(did.slice('did:jwk:'.length), 'base64url').toString());
  return document(did, did + '#0', jwk);
}

// resolver answers with the documents it was given, then with did:key and did:jwk, and with nothing else.
export function resolver(documents = []) {
  const given = new Map(documents.map(d => [d.id, d]));
  const find = did => {
    if (given.has(did)) return given.get(did);
    if (did.startsWith('did:key:')) return resolveKey(did);
    if (did.startsWith('did:jwk:')) return resolveJwk(did);
    throw new Error('no document was given for ' + did);
  };
  return {
    resolve: async url => {
      try {
        return {didDocument: find(url.split(/[?#]/)[0]), didDocumentMetadata: {},
          didResolutionMetadata: {contentType: 'application/did+json'}};
      } catch (e) {
        return {didDocument: null, didDocumentMetadata: {},
          didResolutionMetadata: {error: 'notFound', message: e.message}};
      }
    },
  };
}
