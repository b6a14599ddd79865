// Package rates keeps exchange rates in memory while something else refreshes them.
package rates

import (
	"errors"
	"sync"
	"time"
)

// ErrUnknown says that nobody has given a rate for a currency yet.
var ErrUnknown = errors.New("no rate for this currency")

// Store holds the latest rates; it may be used by several goroutines.
type Store struct {
	mu        sync.Mutex
	rates     map[string]float64
	refreshed time.Time
	now       func() time.Time
}

// NewStore returns an empty store that reads the time from now.
func NewStore(now func() time.Time) *Store {
	return &Store{rates: map[string]float64{}, now: now}
}

// Set keeps the rate of a currency, in euros.
func (s *Store) Set(currency string, rate float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rates[currency] = rate
	s.refreshed = s.now()
}

// Convert gives the euros for an amount of a currency.
func (s *Store) Convert(amount float64, currency string) (float64, error) {
	s.mu.Lock()
	rate, ok := s.rates[currency]
	s.mu.Unlock()
	if !ok {
		return 0, ErrUnknown
	}
	return amount * rate, nil
}

// Stale reports whether the last rate is older than the limit.
func (s *Store) Stale(limit time.Duration) bool {
	return s.now().Sub(s.refreshed) > limit
}
