package httpfront

// OpenSessions counts the sessions that clients keep.
func (h *Handler) OpenSessions() int {
	h.sessions.mu.Lock()
	defer h.sessions.mu.Unlock()
	return len(h.sessions.open)
}
