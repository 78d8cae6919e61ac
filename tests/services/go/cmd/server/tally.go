package main

import (
	"context"
	"maps"
	"sync"
)

// tally counts the calls seen by this process, by method.
type tally struct {
	mu        sync.Mutex
	calls     map[string]int64
	cancelled map[string]int64
}

func newTally() *tally {
	return &tally{calls: map[string]int64{}, cancelled: map[string]int64{}}
}

// begin counts a call; the caller runs what it returns when the call ends.
func (t *tally) begin(ctx context.Context, method string) func() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls[method]++
	return func() {
		if ctx.Err() == nil {
			return
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.cancelled[method]++
	}
}

func (t *tally) snapshot() (calls, cancelled map[string]int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.calls), maps.Clone(t.cancelled)
}
