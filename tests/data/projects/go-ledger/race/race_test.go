// Package race has data races in a test, beside a passing test, and in a sub-test.
package race

import (
	"sync"
	"testing"
	"time"
)

type counter struct{ n int }

func (c *counter) add()     { c.n++ }
func (c *counter) get() int { return c.n }

func TestRaceInTest(t *testing.T) {
	var c counter
	var wg sync.WaitGroup
	wg.Add(1)
	go func() { defer wg.Done(); c.add() }()
	c.add()
	wg.Wait()
}

func TestRaceInSubtest(t *testing.T) {
	t.Run("readers", func(t *testing.T) {
		var c counter
		done := make(chan bool)
		go func() { c.add(); close(done) }()
		_ = c.get()
		<-done
	})
	t.Run("clean", func(t *testing.T) {})
}

func TestRaceAndAssertion(t *testing.T) {
	rows := map[string]int{}
	done := make(chan bool)
	go func() { rows["a"] = 1; close(done) }()
	rows["b"] = 2
	<-done
	t.Errorf("rows = %d, want 3", len(rows))
}

var left counter

func TestLeavesRacer(t *testing.T) {
	go func() {
		for range 40 {
			left.add()
			time.Sleep(time.Millisecond)
		}
	}()
}

func TestBystander(t *testing.T) {
	for range 40 {
		left.add()
		time.Sleep(time.Millisecond)
	}
}
