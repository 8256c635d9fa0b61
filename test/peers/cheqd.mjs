// @cheqd/sdk against a node's RPC. cheqd.go has the shapes. It is heavy, so it is loaded when it is asked.
const load = () => import('@cheqd/sdk');

// connected are the SDKs that were made, by node and payer.
const connected = new Map();

const connect = ({rpc, payer}) => {
  const name = JSON.stringify([rpc, payer]);
  if (!connected.has(name)) connected.set(name, make(rpc, payer));
  return connected.get(name);
};

// make gives the SDK as its users have it. It looks for a transaction every 3 s; here blocks come at once.
async function make(rpc, payer) {
  const {createCosmosPayerWallet, createCheqdSDK, DIDModule, ResourceModule} = await load();
  const wallet = await createCosmosPayerWallet(payer);
  const sdk = await createCheqdSDK({modules: [DIDModule, ResourceModule], rpcUrl: rpc, wallet});
  sdk.signer.broadcastPollIntervalMs = 20;
  return {sdk, address: (await wallet.getAccounts())[0].address};
}

// inputs are keys as the SDK signs with them: Ed25519 seeds.
const inputs = keys => keys.map(({id, seed}) => ({verificationMethodId: id, privateKeyHex: seed, keyType: 'Ed25519'}));

// plain makes what the SDK answers JSON: big numbers are texts, bytes are base64, Dates are RFC 3339.
const plain = value => JSON.parse(JSON.stringify(value, (_, v) =>
  typeof v === 'bigint' ? String(v) : v instanceof Uint8Array ? Buffer.from(v).toString('base64') : v));

const done = ({code, rawLog, transactionHash, height, gasUsed, gasWanted}) =>
  plain({code, rawLog, hash: transactionHash, height, gasUsed, gasWanted});

// write is a transaction of the SDK, its fees by the SDK's own reckoning.
async function write(args, method, ...params) {
  const {sdk, address} = await connect(args);
  return done(await sdk[method](inputs(args.keys), ...params, address, undefined, undefined,
    ...(method === 'createLinkedResourceTx' ? [] : [args.versionId]), {slippageBps: 500n}));
}

// read is a query of the SDK.
async function read(args, method, ...params) {
  const {sdk} = await connect(args);
  return plain(await sdk[method](...params));
}

export const cheqd = {
  'cheqd.create': args => write(args, 'createDidDocTx', args.document),
  'cheqd.update': args => write(args, 'updateDidDocTx', args.document),
  'cheqd.deactivate': args => write(args, 'deactivateDidDocTx', args.document),
  'cheqd.resource': args => write(args, 'createLinkedResourceTx', {...args.resource, data: Buffer.from(args.resource.data, 'base64')}),
  'cheqd.document': args => read(args, 'queryDidDoc', args.did),
  'cheqd.version': args => read(args, 'queryDidDocVersion', args.did, args.versionId),
  'cheqd.versions': args => read(args, 'queryAllDidDocVersionsMetadata', args.did),
  'cheqd.linked': args => read(args, 'queryLinkedResource', args.collection, args.id),
  'cheqd.collection': args => read(args, 'queryLinkedResources', args.collection),

  async 'cheqd.address'({payer}) {
    const wallet = await (await load()).createCosmosPayerWallet(payer);
    return {address: (await wallet.getAccounts())[0].address};
  },
};
