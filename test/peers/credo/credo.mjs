// Credo-TS agents behind JSON lines, as ../peers.mjs has them: one request {"id","op","args"} a line on standard input, one
// answer {"id","ok"} or {"id","error"} on standard output. Agents are named by whoever starts them; several may live at once.
// ../credo.go has the shapes of args and answers.
import 'reflect-metadata';
import {createServer} from 'node:net';
import {createInterface} from 'node:readline';
import {
  Agent, CacheModule, ConsoleLogger, DidsModule, InMemoryLruCache, InjectionSymbols, JsonTransformer, KeyDidRegistrar, KeyDidResolver, Kms,
  LogLevel, PeerDidRegistrar, PeerDidResolver, W3cCredentialsModule,
} from '@credo-ts/core';
import {
  DidCommAutoAcceptCredential, DidCommAutoAcceptProof, DidCommCredentialV2Protocol, DidCommDifPresentationExchangeProofFormatService,
  DidCommHttpOutboundTransport, DidCommJsonLdCredentialFormatService, DidCommModule, DidCommProofV2Protocol, DidCommWsOutboundTransport,
} from '@credo-ts/didcomm';
import {DidCommHttpInboundTransport, DidCommWsInboundTransport, agentDependencies} from '@credo-ts/node';
import {documentLoader} from './loader.mjs';
import {Keys, Records} from './wallet.mjs';

const agents = new Map();
const agentOf = name => {
  const agent = agents.get(name);
  if (!agent) throw new Error(`no agent ${name}`);
  return agent;
};

// A port that is free now.
const freePort = () => new Promise((resolve, reject) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const {port} = server.address();
    server.close(() => resolve(port));
  }).on('error', reject);
});

// Credo's inbound transports have one constructor each; both take a port.
const inbound = {
  http: port => ({transport: new DidCommHttpInboundTransport({port}), endpoint: `http://127.0.0.1:${port}`}),
  ws: port => ({transport: new DidCommWsInboundTransport({port}), endpoint: `ws://127.0.0.1:${port}`}),
};

// logger shows what goes wrong inside an agent on standard error, which a test prints when it fails.
const logger = new ConsoleLogger(process.env.CREDO_LOG ? LogLevel[process.env.CREDO_LOG] : LogLevel.off);
for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal']) {
  logger[level] = (message, data) => {
    if (logger.isEnabled(LogLevel[level])) process.stderr.write(`${level} ${message} ${data?.stack ?? data?.error?.stack ?? ''}\n`);
  };
}

// until waits for a value that is there; late says what it was at last.
async function until(look, late, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > end) throw new Error(await late());
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

const connectionOf = c => ({id: c.id, state: c.state, did: c.did, theirDid: c.theirDid, theirLabel: c.theirLabel, thread: c.threadId});
const exchangeOf = x => ({
  id: x.id, state: x.state, role: x.role, thread: x.threadId, connection: x.connectionId, error: x.errorMessage,
  credentials: x.credentials?.map(c => c.credentialRecordId), verified: x.isVerified,
});

// api gives the part of an agent that drives a protocol, by the word in front of an operation's name.
const records = kind => ({
  async [kind + '.get']({agent, id}) {
    return exchangeOf(await agentOf(agent).didcomm[kind].getById(id));
  },

  // The exchange of an id, or the newest of a connection, in a state.
  async [kind + '.wait']({agent, id, thread, connection, state, seconds}) {
    const all = async () => (await agentOf(agent).didcomm[kind].getAll())
      .filter(x => (!id || x.id === id) && (!thread || x.threadId === thread) && (!connection || x.connectionId === connection));
    return exchangeOf(await until(async () => (await all()).find(x => x.state === state),
      async () => `not ${state}: ${JSON.stringify((await all()).map(exchangeOf))}`, seconds));
  },

  async [kind + '.data']({agent, id}) {
    return agentOf(agent).didcomm[kind].getFormatData(id);
  },
});

const ops = {
  ...records('credentials'),
  ...records('proofs'),

  async 'agent.start'({agent: name, label = name, transport = 'http', accept = 'never', mediator, pickup, numalgo}) {
    const port = transport === 'none' ? 0 : await freePort();
    const {transport: listener, endpoint} = inbound[transport]?.(port) ?? {};
    const agent = new Agent({
      config: {label, logger, autoUpdateStorageOnStartup: true},
      dependencies: agentDependencies,
      modules: {
        kms: new Kms.KeyManagementModule({backends: [new Keys()]}),
        cache: new CacheModule({cache: new InMemoryLruCache({limit: 500})}),
        storage: {register: dependencies => dependencies.registerInstance(InjectionSymbols.StorageService, new Records())},
        dids: new DidsModule({resolvers: [new KeyDidResolver(), new PeerDidResolver()], registrars: [new KeyDidRegistrar(), new PeerDidRegistrar()]}),
        w3cCredentials: new W3cCredentialsModule({documentLoader}),
        didcomm: new DidCommModule({
          endpoints: endpoint ? [endpoint] : [],
          transports: {inbound: listener ? [listener] : [], outbound: [new DidCommHttpOutboundTransport(), new DidCommWsOutboundTransport()]},
          connections: {autoAcceptConnections: true, ...(numalgo === undefined ? {} : {peerNumAlgoForDidExchangeRequests: numalgo})},
          credentials: {
            autoAcceptCredentials: DidCommAutoAcceptCredential[accept === 'always' ? 'Always' : 'Never'],
            credentialProtocols: [new DidCommCredentialV2Protocol({credentialFormats: [new DidCommJsonLdCredentialFormatService()]})],
          },
          proofs: {
            autoAcceptProofs: DidCommAutoAcceptProof[accept === 'always' ? 'Always' : 'Never'],
            proofProtocols: [new DidCommProofV2Protocol({proofFormats: [new DidCommDifPresentationExchangeProofFormatService()]})],
          },
          mediator: false,
          mediationRecipient: mediator
            ? {mediatorInvitationUrl: mediator, mediatorPickupStrategy: pickup, mediatorPollingInterval: 200} : true,
        }),
      },
    });
    await agent.initialize();
    agents.set(name, agent);
    return {endpoint};
  },

  async 'agent.stop'({agent}) {
    await agentOf(agent).shutdown();
    agents.delete(agent);
    return {};
  },

  async 'did.create'({agent}) {
    const {keyId} = await agentOf(agent).kms.createKey({type: {kty: 'OKP', crv: 'Ed25519'}});
    const {didState} = await agentOf(agent).dids.create({method: 'key', options: {keyId}});
    if (didState.state !== 'finished') throw new Error(JSON.stringify(didState));
    return {did: didState.did};
  },

  // An invitation; with offer, one that has a credential offer in it. handshake false: to that offer alone.
  async 'oob.create'({agent, label, multiUse, handshake = true, offer}) {
    const {didcomm} = agentOf(agent);
    const attached = offer && await didcomm.credentials.createOffer({protocolVersion: 'v2', credentialFormats: {jsonld: offer}});
    const record = await didcomm.oob.createInvitation({label, multiUseInvitation: multiUse, handshake, messages: attached ? [attached.message] : undefined});
    return {
      id: record.id, invitation: record.outOfBandInvitation.toJSON(), url: record.outOfBandInvitation.toUrl({domain: 'http://127.0.0.1'}),
      exchange: attached && exchangeOf(attached.credentialExchangeRecord ?? attached.credentialRecord),
    };
  },

  async 'oob.receive'({agent, invitation, label = agent, reuse = false}) {
    const {didcomm} = agentOf(agent);
    const {outOfBandRecord, connectionRecord} = typeof invitation === 'string'
      ? await didcomm.oob.receiveInvitationFromUrl(invitation, {label, reuseConnection: reuse})
      : await didcomm.oob.receiveInvitationFromUrl(
        'http://127.0.0.1?oob=' + Buffer.from(JSON.stringify(invitation)).toString('base64url'), {label, reuseConnection: reuse});
    return {id: outOfBandRecord.id, connection: connectionRecord && connectionOf(connectionRecord)};
  },

  // The connection of an id, or of an invitation, when it is completed.
  async 'connection.wait'({agent, id, invitation, state = 'completed', seconds}) {
    const {connections} = agentOf(agent).didcomm;
    const all = async () => (await connections.getAll()).filter(c => (!id || c.id === id) && (!invitation || c.outOfBandId === invitation));
    return connectionOf(await until(async () => (await all()).find(c => c.state === state),
      async () => `not ${state}: ${JSON.stringify((await all()).map(connectionOf))}`, seconds));
  },

  async 'connection.ping'({agent, connection, silent = false}) {
    await agentOf(agent).didcomm.connections.sendPing(connection, {responseRequested: !silent, withReturnRouting: true});
    return {};
  },

  async 'connection.rotate'({agent, connection}) {
    return agentOf(agent).didcomm.connections.rotate({connectionId: connection});
  },

  async 'connection.hangup'({agent, connection}) {
    await agentOf(agent).didcomm.connections.hangup({connectionId: connection});
    return {};
  },

  async 'message.send'({agent, connection, content}) {
    await agentOf(agent).didcomm.basicMessages.sendMessage(connection, content);
    return {};
  },

  async 'message.wait'({agent, connection, content, seconds}) {
    const find = () => agentOf(agent).didcomm.basicMessages.findAllByQuery({connectionId: connection, role: 'receiver'});
    await until(async () => (await find()).some(m => m.content === content),
      async () => JSON.stringify((await find()).map(m => m.content)), seconds);
    return {};
  },

  async 'credentials.propose'({agent, connection, detail}) {
    return exchangeOf(await agentOf(agent).didcomm.credentials.proposeCredential(
      {connectionId: connection, protocolVersion: 'v2', credentialFormats: {jsonld: detail}}));
  },

  async 'credentials.offer'({agent, connection, detail}) {
    return exchangeOf(await agentOf(agent).didcomm.credentials.offerCredential(
      {connectionId: connection, protocolVersion: 'v2', credentialFormats: {jsonld: detail}}));
  },

  // What: proposal, offer, request or credential.
  async 'credentials.accept'({agent, id, what}) {
    const {credentials} = agentOf(agent).didcomm;
    const options = {credentialExchangeRecordId: id};
    const accept = {
      proposal: () => credentials.acceptProposal(options), offer: () => credentials.acceptOffer(options),
      request: () => credentials.acceptRequest(options), credential: () => credentials.acceptCredential(options),
    }[what];
    return exchangeOf(await accept());
  },

  async 'credentials.decline'({agent, id}) {
    return exchangeOf(await agentOf(agent).didcomm.credentials.declineOffer({credentialExchangeRecordId: id, sendProblemReport: true}));
  },

  async 'credentials.stored'({agent}) {
    const all = await agentOf(agent).w3cCredentials.getAll();
    return {credentials: all.map(record => JsonTransformer.toJSON(record.firstCredential ?? record.credential))};
  },

  async 'proofs.request'({agent, connection, definition, options}) {
    return exchangeOf(await agentOf(agent).didcomm.proofs.requestProof(
      {connectionId: connection, protocolVersion: 'v2', willConfirm: true, proofFormats: {presentationExchange: {presentationDefinition: definition, options}}}));
  },

  // What: request (it presents what fits) or presentation (it confirms).
  async 'proofs.accept'({agent, id, what}) {
    const {proofs} = agentOf(agent).didcomm;
    if (what === 'presentation') return exchangeOf(await proofs.acceptPresentation({proofExchangeRecordId: id}));
    const {proofFormats} = await proofs.selectCredentialsForRequest({proofExchangeRecordId: id});
    return exchangeOf(await proofs.acceptRequest({proofExchangeRecordId: id, proofFormats}));
  },
};

for await (const line of createInterface({input: process.stdin})) {
  const {id, op, args} = JSON.parse(line);
  let answer;
  try {
    if (!ops[op]) throw new Error('no such operation: ' + op);
    answer = {id, ok: await ops[op](args ?? {}) ?? {}};
  } catch (error) {
    answer = {id, error: [error.message, error.cause?.message].filter(Boolean).join(': ') || String(error)};
    if (process.env.CREDO_LOG) process.stderr.write(error.stack + '\n');
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
process.exit(0);
