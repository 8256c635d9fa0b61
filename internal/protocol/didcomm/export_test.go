package didcomm

// Lines is how many sockets a wire holds open to others.
func Lines(w *Wire) int {
	w.pool.mu.Lock()
	defer w.pool.mu.Unlock()
	return len(w.pool.lines)
}
