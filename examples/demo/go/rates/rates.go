// Package rates keeps exchange rates fresh in the background.
package rates

import (
	"maps"
	"sync"
	"time"
)

// Source fetches all rates, by currency code.
type Source func() map[string]float64

// Table answers with the newest rates it has.
type Table struct {
	mu        sync.RWMutex
	rates     map[string]float64
	updatedAt time.Time
	source    Source
	stop      chan struct{}
}

// Watch reads the source now and then once every interval.
func Watch(source Source, interval time.Duration) *Table {
	t := &Table{source: source, stop: make(chan struct{})}
	t.refresh()
	go t.run(interval)
	return t
}

// Rate returns the rate of one currency and whether it is known.
func (t *Table) Rate(currency string) (float64, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	rate, known := t.rates[currency]
	return rate, known
}

// Age says how old the rates are.
func (t *Table) Age() time.Duration {
	return time.Since(t.updatedAt)
}

// Close ends the updates.
func (t *Table) Close() {
	close(t.stop)
}

func (t *Table) run(interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			t.refresh()
		case <-t.stop:
			return
		}
	}
}

func (t *Table) refresh() {
	fresh := maps.Clone(t.source())
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rates = fresh
	t.updatedAt = time.Now()
}
