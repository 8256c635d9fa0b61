package agent

// connectionProtocols are those that make connections and keep them.
func connectionProtocols() []Protocol { return nil }
