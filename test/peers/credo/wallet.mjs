// What a Credo agent keeps, in memory: records, keys. The keys are Credo's own service for node with the two algorithms of
// libsodium that DIDComm's envelope needs: ECDH-HSALSA20 and XSALSA20-POLY1305 (crypto_box and its sealed form).
import {createRequire} from 'node:module';
import {Kms, RecordDuplicateError, RecordNotFoundError} from '@credo-ts/core';
import {NodeInMemoryKeyManagementStorage, NodeKeyManagementService} from '@credo-ts/node';

// Its form for import looks for a file that is in another package; the one for require is whole.
const sodium = createRequire(import.meta.url)('libsodium-wrappers');
await sodium.ready;

const bytes = text => new Uint8Array(Buffer.from(text, 'base64url'));
const isBox = keyAgreement => keyAgreement?.algorithm === 'ECDH-HSALSA20';

// pair is the X25519 pair of a key; of an Ed25519 key, its sibling (RFC 8032 §5.1.5, RFC 7748).
function pair(jwk) {
  if (jwk.crv === 'X25519') return {secret: bytes(jwk.d), open: bytes(jwk.x)};
  const {privateKey, publicKey} = sodium.crypto_sign_seed_keypair(bytes(jwk.d));
  return {
    secret: sodium.crypto_sign_ed25519_sk_to_curve25519(privateKey),
    open: sodium.crypto_sign_ed25519_pk_to_curve25519(publicKey),
  };
}

export class Keys extends NodeKeyManagementService {
  constructor() {
    const kept = new NodeInMemoryKeyManagementStorage();
    super(kept);
    this.kept = kept;
  }

  isOperationSupported(context, operation) {
    const {keyAgreement} = operation;
    if ((operation.operation === 'encrypt' || operation.operation === 'decrypt') && isBox(keyAgreement)) return true;
    return super.isOperationSupported(context, operation);
  }

  async own(context, keyId) {
    const jwk = await this.kept.get(context, keyId);
    if (!jwk) throw new Kms.KeyManagementKeyNotFoundError(keyId, [this.backend]);
    return pair(jwk);
  }

  async encrypt(context, options) {
    const agreement = options.key.keyAgreement;
    if (!isBox(agreement)) return super.encrypt(context, options);
    const theirs = bytes(agreement.externalPublicJwk.x);
    if (!agreement.keyId) return {encrypted: sodium.crypto_box_seal(options.data, theirs)};
    const {secret} = await this.own(context, agreement.keyId);
    const iv = sodium.randombytes_buf(sodium.crypto_box_NONCEBYTES);
    return {encrypted: sodium.crypto_box_easy(options.data, iv, theirs, secret), iv};
  }

  async decrypt(context, options) {
    const agreement = options.key.keyAgreement;
    if (!isBox(agreement)) return super.decrypt(context, options);
    const {secret, open} = await this.own(context, agreement.keyId);
    const theirs = agreement.externalPublicJwk;
    return {
      data: theirs
        ? sodium.crypto_box_open_easy(options.encrypted, options.decryption.iv, bytes(theirs.x), secret)
        : sodium.crypto_box_seal_open(options.encrypted, open, secret),
    };
  }
}

// fits says whether a record's tags are as a query wants them.
function fits(tags, {$and, $or, $not, ...query}) {
  const simple = Object.entries(query).every(([name, wanted]) => wanted === undefined
    || (Array.isArray(wanted) ? wanted.every(w => (tags[name] ?? []).includes(w)) : tags[name] === wanted));
  return simple && (!$and || $and.every(q => fits(tags, q))) && (!$or || $or.some(q => fits(tags, q))) && !($not && fits(tags, $not));
}

export class Records {
  supportsCursorPagination = false;
  kept = new Map(); // by the type, then the id

  of(type) {
    if (!this.kept.has(type)) this.kept.set(type, new Map());
    return this.kept.get(type);
  }

  async save(_, record) {
    const all = this.of(record.type);
    if (all.has(record.id)) throw new RecordDuplicateError(`${record.id} is there`, {recordType: record.type});
    record.updatedAt = new Date();
    all.set(record.id, record.clone());
  }

  async update(_, record) {
    const all = this.of(record.type);
    if (!all.has(record.id)) throw new RecordNotFoundError(`${record.id} is not there`, {recordType: record.type});
    record.updatedAt = new Date();
    all.set(record.id, record.clone());
  }

  async delete(_, record) {
    this.of(record.type).delete(record.id);
  }

  async deleteById(_, type, id) {
    this.of(type.type).delete(id);
  }

  async getById(_, type, id) {
    const record = this.of(type.type).get(id);
    if (!record) throw new RecordNotFoundError(`${id} is not there`, {recordType: type.type});
    return record.clone();
  }

  async getAll(_, type) {
    return [...this.of(type.type).values()].map(record => record.clone());
  }

  async findByQuery(_, type, query, {limit = Infinity, offset = 0} = {}) {
    return [...this.of(type.type).values()].filter(record => fits(record.getTags(), query))
      .slice(offset, offset + limit).map(record => record.clone());
  }
}
