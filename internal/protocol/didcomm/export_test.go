package didcomm

// Lines is how many sockets a wire holds open to others.
func Lines(w *Wire) int {
	w.pool.mu.Lock()
	defer w.pool.mu.Unlock()
	return len(w.pool.lines)
}

// Cut breaks all sockets of a wire, as a network does.
func Cut(w *Wire) {
	w.ready()
	w.hub.mu.Lock()
	open := make([]*socket, 0, len(w.hub.open))
	for s := range w.hub.open {
		open = append(open, s)
	}
	w.hub.mu.Unlock()
	for _, s := range open {
		_ = s.conn.CloseNow()
	}
}
