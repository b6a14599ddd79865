// Package hang never ends.
package hang

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/suite"
)

func TestQuick(t *testing.T) {}

func TestStuckChannel(t *testing.T) {
	wait(make(chan int))
}

func wait(c chan int) int { return <-c }

func TestStuckInSubtest(t *testing.T) {
	t.Run("first", func(t *testing.T) {})
	t.Run("lock twice", func(t *testing.T) {
		var mu sync.Mutex
		mu.Lock()
		mu.Lock()
	})
}

func TestParallelBusy(t *testing.T) {
	t.Parallel()
	for {
		time.Sleep(30 * time.Millisecond)
	}
}

func TestParallelLate(t *testing.T) {
	t.Parallel()
	t.Run("early", func(t *testing.T) { time.Sleep(1500 * time.Millisecond) })
	t.Run("late", func(t *testing.T) { time.Sleep(10 * time.Second) })
}

func TestFailsBeforeHang(t *testing.T) {
	t.Error("first a small failure")
}

type StuckSuite struct{ suite.Suite }

func (s *StuckSuite) TestOpens()  {}
func (s *StuckSuite) TestWaits()  { wait(make(chan int)) }
func TestStuckSuite(t *testing.T) { suite.Run(t, new(StuckSuite)) }
