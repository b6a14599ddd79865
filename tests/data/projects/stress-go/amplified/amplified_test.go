package amplified

import (
	"sync"
	"testing"
	"time"
)

// TestRacy passes unless the race detector looks.
func TestRacy(t *testing.T) {
	total := 0
	var group sync.WaitGroup
	for range 2 {
		group.Add(1)
		go func() { defer group.Done(); total++ }()
	}
	group.Wait()
	if total > 2 {
		t.Fatal("more than was added")
	}
}

var opened bool

// TestOpens leaves behind what TestNeedsOpen needs, so the order decides.
func TestOpens(t *testing.T) { opened = true }

func TestNeedsOpen(t *testing.T) {
	if !opened {
		t.Error("the ledger is not open")
	}
}

// TestFirst holds as long as another processor takes up the first goroutine while this one waits; with one processor
// the goroutine that was started last runs first.
func TestFirst(t *testing.T) {
	first := make(chan int, 3)
	for i := range 3 {
		go func() { first <- i }()
		for end := time.Now().Add(3 * time.Millisecond); len(first) == 0 && time.Now().Before(end); {
		}
	}
	if got := <-first; got != 0 {
		t.Errorf("goroutine %d came first", got)
	}
}

var called int

// TestWearsOut passes in a fresh process, and fails each third time in one.
func TestWearsOut(t *testing.T) {
	if called++; called%3 == 0 {
		t.Error("worn out")
	}
}
