package agent

// strangersAnHour is how many messages of unknown senders an hour have something stored for one key of ours, where nothing is set: a
// receipt each, and maybe a connection. Anybody may have got hold of an invitation for many, or know a public DID.
const strangersAnHour = 3600
