// Package slowb takes its time, so that its output mixes with that of another package.
package slowb

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestShared(t *testing.T) { step(t) }

func TestBWrites(t *testing.T) {
	t.Run("first", func(t *testing.T) { step(t) })
	t.Run("second", func(t *testing.T) {
		step(t)
		require.Equal(t, "b", "c", "slowb wrote to the wrong shard")
	})
	t.Run("third", func(t *testing.T) { step(t) })
}

func TestBReads(t *testing.T) {
	step(t)
	step(t)
}

func step(t *testing.T) {
	for range 5 {
		time.Sleep(40 * time.Millisecond)
		t.Log("slowb is at work, no error")
	}
}
