package agent

// CredentialFormat is what issue-credential knows of one format of attachments.
type CredentialFormat interface {
	Name() string // as the API calls it: "ld_proof"
}

// exchangeProtocols are those of credentials and proofs.
func exchangeProtocols() []Protocol { return nil }
