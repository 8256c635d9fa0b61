package agent

// connectionProtocols are those that make connections and keep them.
func connectionProtocols() []Protocol {
	return append([]Protocol{outOfBand(), didExchange(), connections10(), didRotate(), discoverFeatures()}, smallProtocols()...)
}
