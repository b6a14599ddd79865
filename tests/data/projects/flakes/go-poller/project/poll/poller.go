// Package poll keeps the latest reading of a gauge.
package poll

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Gauge is what gets asked.
type Gauge func(context.Context) (int, error)

// Poller asks a gauge again and again.
type Poller struct {
	gauge Gauge
	every time.Duration

	mu     sync.Mutex
	latest int
	known  bool
	first  chan struct{}
	failed int
}

// New returns a poller that asks about once in the given time.
func New(gauge Gauge, every time.Duration) *Poller {
	return &Poller{gauge: gauge, every: every, first: make(chan struct{})}
}

// Run asks until the context ends.
func (p *Poller) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause(p.every)):
			p.ask(ctx)
		}
	}
}

// Latest is the last reading; false while there is none.
func (p *Poller) Latest() (int, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.latest, p.known
}

// Ready is closed once there is a reading.
func (p *Poller) Ready() <-chan struct{} { return p.first }

// Failed counts the attempts that gave no reading.
func (p *Poller) Failed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}

func (p *Poller) ask(ctx context.Context) {
	reading, err := p.gauge(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.failed++
		return
	}
	p.latest = reading
	if !p.known {
		p.known = true
		close(p.first)
	}
}

// pause is half to one and a half of the time, so that the gauges of a site are not all asked at once.
func pause(every time.Duration) time.Duration {
	return every/2 + rand.N(every)
}
