package agent

// mediationProtocols are those by which peers take messages for one another.
func mediationProtocols() []Protocol { return nil }
