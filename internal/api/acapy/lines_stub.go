package acapy

func (d *Door) server() []line       { return nil }
func (d *Door) settings() []line     { return nil }
func (d *Door) multitenancy() []line { return nil }
func (d *Door) wallet() []line       { return nil }
func (d *Door) walletKeys() []line   { return nil }
func (d *Door) tokens() []line       { return nil }
func (d *Door) outOfBand() []line    { return nil }
func (d *Door) connections() []line  { return nil }
func (d *Door) didexchange() []line  { return nil }
func (d *Door) issuing() []line      { return nil }
func (d *Door) credentials() []line  { return nil }
func (d *Door) proofs() []line       { return nil }
func (d *Door) revocation() []line   { return nil }
func (d *Door) vcapi() []line        { return nil }
func (d *Door) resolver() []line     { return nil }
func (d *Door) messages() []line     { return nil }
func (d *Door) mediation() []line    { return nil }
func (d *Door) rotation() []line     { return nil }
func (d *Door) discovery() []line    { return nil }
