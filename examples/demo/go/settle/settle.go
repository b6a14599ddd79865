// Package settle collects payments and sends them to the bank in batches.
package settle

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/demo-org/ledger/go/money"
)

// Payment is one amount owed to one account.
type Payment struct {
	Account string
	Amount  money.Cents
}

// Batcher gathers payments and flushes them every interval.
type Batcher struct {
	mu      sync.Mutex
	pending []Payment
	send    func([]Payment)
	stop    chan struct{}
	done    chan struct{}
}

// Start begins flushing to send; every flush is spread by up to half an interval to spare the bank.
func Start(interval time.Duration, send func([]Payment)) *Batcher {
	b := &Batcher{send: send, stop: make(chan struct{}), done: make(chan struct{})}
	go b.run(interval)
	return b
}

// Add puts one payment into the next batch.
func (b *Batcher) Add(p Payment) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pending = append(b.pending, p)
}

// Close flushes what is left and waits for it.
func (b *Batcher) Close() {
	close(b.stop)
	<-b.done
}

func (b *Batcher) run(interval time.Duration) {
	defer close(b.done)
	for {
		spread := rand.N(interval / 2)
		select {
		case <-time.After(interval + spread):
			b.flush()
		case <-b.stop:
			b.flush()
			return
		}
	}
}

func (b *Batcher) flush() {
	b.mu.Lock()
	batch := b.pending
	b.pending = nil
	b.mu.Unlock()
	if len(batch) > 0 {
		b.send(batch)
	}
}
